/// Measures how long a command works.
struct Stopwatch {
    private let start = ContinuousClock.now

    /// Seconds since it was started.
    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
