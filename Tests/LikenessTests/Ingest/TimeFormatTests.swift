import Testing

@testable import Interchange

@Suite struct TimeFormatTests {
    @Test(
        arguments: [
            ("%d.%m.%Y %H:%M:%S %z", "31.01.2018 04:58:59 +00:00", 1_517_374_739_000),
            ("%m/%d/%Y %H:%M", "12/10/2017 21:47", 1_512_942_420_000), ("%b %d %Y %H:%M", "Apr 15 2019 12:58", 1_555_333_080_000),
            ("%A, %e %B %Y %I:%M:%S %p", "Monday,  1 April 2019 12:00:01 am", 1_554_076_801_000), ("%Y%m%d", "20200101", 1_577_836_800_000),
            ("%y-%j", "20-366", 1_609_372_800_000), ("%s", "1555333115", 1_555_333_115_000),
            ("%FT%T.%f%z", "2019-04-15T12:58:35.2509+0200", 1_555_325_915_250), ("%D %R", "04/15/19 12:58", 1_555_333_080_000),
            ("100%% %Y-%m-%d", "100% 2019-04-15", 1_555_286_400_000),
        ] as [(String, String, Int64)]) func `times are read as the format says`(pattern: String, text: String, time: Int64) throws
    {
        #expect(try #require(TimeFormat(pattern)).milliseconds(text) == time)
    }

    @Test(arguments: ["", "%H:%M", "%Y-%m", "%d %m", "%Q %Y %m %d", "%Y-%m-%d %"]) func `a format without a day is none`(pattern: String) {
        #expect(TimeFormat(pattern) == nil)
    }

    @Test(
        arguments: ["2019-02-29", "2019-04-15 ", "x2019-04-15", "2019-4", "2019-13-01", "19-04-15", "2019-04-31", "", "2019/04/15"])
    func `what is written otherwise is no time`(text: String) throws {
        #expect(try #require(TimeFormat("%Y-%m-%d")).milliseconds(text) == nil)
    }

    @Test func `every day from 1900 to 2100 is read back`() throws {
        let format = try #require(TimeFormat("%Y-%m-%d"))
        for days in -25_567..<47_483 {
            let date = CivilDate(days: days)
            #expect(date.days == days && format.milliseconds(date.description) == Int64(days) * 86_400_000)
        }
    }

    @Test(
        arguments: [
            ("2019-04-15 12:58:35 +00:00", 1_555_333_115_000), ("2019-04-15T12:58:35.5 +0100", 1_555_329_515_500),
            ("2019-04-15 12:58", 1_555_333_080_000), ("20200101", 1_577_836_800_000), ("2019-04-15 12:58:35 UTC", 1_555_333_115_000),
        ] as [(String, Int64)]) func `further forms are read without a format`(text: String, time: Int64) throws
    {
        #expect(try EventTime.read(text, nil).get() == time)
    }

    @Test(
        arguments: [
            ("12/10/2017 21:47", "ambiguous"), ("31.01.2018 04:58:59 +00:00", "ambiguous"), ("Apr 15 2019 12:58", "--time-format"),
            ("1555332000000000", "microseconds it would be 2019-04-15"), ("1555332000000000000", "nanoseconds it would be 2019-04-15"),
            ("20209999", "1970-08-22"), ("0", "1970-01-01 in seconds"), ("99999999999", "5138"), ("1989-12-31", "1990"),
        ]) func `a time that cannot be meant says how it would be read`(text: String, words: String)
    {
        guard case .failure(let fault) = EventTime.read(text, nil) else {
            Issue.record("\(text) was taken")
            return
        }
        #expect(fault.reason.contains(words), "\(fault.reason)")
    }

    @Test func `mutated times and formats are read or refused, never worse`() throws {
        var numbers = Numbers(17)
        let letters = Array("0123456789-:./ TZ+%YmdHMSzbapjsfe".utf8)
        for _ in 0..<200_000 {
            func text(_ count: Int) -> String {
                String(decoding: (0..<numbers.next(count)).map { _ in letters[numbers.next(letters.count)] }, as: UTF8.self)
            }
            _ = EventTime.read(text(24), TimeFormat(text(14)))
            _ = EventTime.read(text(24), nil)
        }
    }
}
