#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// e to the power of `x`.
func exponential(_ x: Float) -> Float { exp(x) }

/// The natural logarithm of `x`.
package func logarithm(_ x: Double) -> Double { log(x) }

/// 1 / (1 + e^-x).
func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
