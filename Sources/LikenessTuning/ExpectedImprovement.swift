import Platform

/// How much a trial is expected to fall below the least loss so far, if losses are normal around what the surrogate says
/// (Jones, Schonlau and Welch: Efficient global optimization, 1998).
package enum ExpectedImprovement {
    /// The expected improvement.
    ///
    /// - Parameters:
    ///   - least: the least loss so far.
    ///   - margin: what an improvement must exceed (ξ).
    /// - Returns: 0 or more; 0 where the deviation is 0.
    package static func value(mean: Double, deviation: Double, least: Double, margin: Double) -> Double {
        guard deviation > 0 else { return 0 }
        let improvement = least - margin - mean
        let scaled = improvement / deviation
        let share = 0.5 * Mathematics.complementaryError(-scaled / 2.0.squareRoot())
        let density = Mathematics.exponential(-scaled * scaled / 2) / (2 * Double.pi).squareRoot()
        return max(improvement * share + deviation * density, 0)
    }

    /// The expectation of 1 ÷ seconds, if the logarithm of the seconds is normal (Snoek, Larochelle and Adams, 2012: per second).
    package static func perSecond(logarithmicMean: Double, deviation: Double) -> Double {
        Mathematics.exponential(-logarithmicMean + deviation * deviation / 2)
    }
}
