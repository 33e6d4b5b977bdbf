#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The system's elementary functions, at the speed of a direct call.
package enum Mathematics {
    /// e to the power of `x`.
    @inlinable package static func exponential(_ x: Float) -> Float { exp(x) }

    /// The natural logarithm of `x`.
    @inlinable package static func logarithm(_ x: Double) -> Double { log(x) }

    /// e to the power of `x`.
    @inlinable package static func exponential(_ x: Double) -> Double { exp(x) }

    /// The logarithm of `x` to base 10.
    @inlinable package static func decimalLogarithm(_ x: Double) -> Double { log10(x) }

    /// 10 to the power of `x`.
    @inlinable package static func powerOfTen(_ x: Double) -> Double { pow(10, x) }

    /// 1 − the error function of `x`.
    @inlinable package static func complementaryError(_ x: Double) -> Double { erfc(x) }

    /// 1 / (1 + e^-x).
    @inlinable package static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

    /// The logarithm of `x` to base 2.
    @inlinable package static func binaryLogarithm(_ x: Double) -> Double { log2(x) }
}
