#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The time of day, which may jump.
package enum WallClock {
    /// Milliseconds since 1970 (UTC).
    package static var milliseconds: Int64 {
        let now = read(CLOCK_REALTIME)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }

    fileprivate static func read(_ clock: clockid_t) -> timespec {
        var now = timespec()
        _ = unsafe clock_gettime(clock, &now)
        return now
    }
}

/// Time that only goes forward, to measure how long something takes.
package enum MonotonicClock {
    /// Nanoseconds since some moment before this process began.
    package static var nanoseconds: Int64 {
        let now = WallClock.read(CLOCK_MONOTONIC)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
