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

    /// The logarithm of `x` to base 2.
    @inlinable package static func binaryLogarithm(_ x: Double) -> Double { log2(x) }
}
