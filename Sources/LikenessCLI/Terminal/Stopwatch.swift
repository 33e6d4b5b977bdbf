/// Measures how long a command works.
struct Stopwatch {
    private let start = ContinuousClock.now

    /// Seconds since it was started.
    var seconds: Double {
        let elapsed = (ContinuousClock.now - start).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }
}
