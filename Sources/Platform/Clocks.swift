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

    /// A time in milliseconds since 1970, as the calendar says it (UTC).
    package static func calendar(
        _ milliseconds: Int64
    ) -> (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        let second = 1_000 as Int64
        let day = 86_400 * second
        let days = milliseconds >= 0 ? milliseconds / day : (milliseconds + 1) / day - 1
        let rest = Int((milliseconds - days * day) / second)
        // Years that begin on 1 March, in periods of 400 years: a leap day is the last one of its year.
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, rest / 3_600,
            rest / 60 % 60, rest % 60
        )
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
