import LikenessFormat
import RandomNumbers
import Testing

@testable import LikenessTuning

@Suite struct SearchSpaceTests {
    private func space() throws -> SearchSpace {
        try SearchSpace([
            .init(
                name: "a",
                dimensions: [
                    SearchDimension(name: "rate", values: .real(from: 1e-4, to: 1, isLogarithmic: true)),
                    SearchDimension(name: "share", values: .real(from: -1, to: 3, isLogarithmic: false)),
                    SearchDimension(name: "tries", values: .whole(from: 1, to: 100, isLogarithmic: true)),
                    SearchDimension(name: "rows", values: .whole(from: -2, to: 2, isLogarithmic: false)),
                ]),
            .init(
                name: "b",
                dimensions: [
                    SearchDimension(name: "d", values: .choice([.number(128), .number(32), .number(64)])),
                    SearchDimension(name: "kind", values: .choice([.name("tfidf"), .name("none"), .number(3)])),
                ]),
        ])
    }

    @Test("What is drawn is in the space, has four digits, and reaches both ends")
    func draws() throws {
        let space = try space()
        var random = SplitMix64(seed: 5, purpose: 0)
        var losses: [String: Int] = [:]
        var (rates, rows, tries): ([Double], Set<Double>, [Double]) = ([], [], [])
        for _ in 0..<4_000 {
            let settings = space.draw(&random)
            #expect(space.fault(of: settings) == nil)
            losses[settings.loss, default: 0] += 1
            for case .number(let number) in settings.values.values {
                let digits = "\(abs(number))".split(separator: "e")[0].filter(\.isNumber).drop { $0 == "0" }
                #expect(digits.reversed().drop { $0 == "0" }.count <= 4, "\(number)")
            }
            if settings.loss == "a" {
                rates.append(settings.values["rate"]?.number ?? 0)
                tries.append(settings.values["tries"]?.number ?? 0)
                rows.insert(settings.values["rows"]?.number ?? 0)
            }
        }
        #expect((1_800...2_200).contains(losses["a"] ?? 0) && rows == [-2, -1, 0, 1, 2])
        // Each power of ten has the same chance.
        for power in 0..<4 {
            let low = [1e-4, 1e-3, 1e-2, 1e-1][power]
            let share = Double(rates.count { $0 >= low && $0 < 10 * low }) / Double(rates.count)
            #expect(abs(share - 0.25) < 0.04, "\(low): \(share)")
        }
        #expect(abs(Double(tries.count { $0 < 10 }) / Double(tries.count) - 0.48) < 0.05)
    }

    @Test("The surrogate sees logarithms, places of numbers, a column for each name, and nothing of other losses")
    func encoding() throws {
        let space = try space()
        let a = TrialSettings(loss: "a", values: ["rate": .number(0.01), "share": .number(2.5), "tries": .number(10), "rows": .number(-1)])
        #expect(space.encode(a) == [1, 0, -2, 2.5, 1, -1, 0, 0, 0, 0])
        let b = TrialSettings(loss: "b", values: ["d": .number(64), "kind": .name("none")])
        #expect(space.encode(b) == [0, 1, 0, 0, 0, 0, 1, 0, 1, 0] && space.columns == 10)
    }

    @Test("Settings outside the space are named")
    func faults() throws {
        let space = try space()
        var settings = TrialSettings(loss: "b", values: ["d": .number(64), "kind": .number(3)])
        #expect(space.fault(of: settings) == nil)
        settings.values["d"] = .number(65)
        #expect(space.fault(of: settings)?.contains("d is 65") == true)
        settings.values = ["d": .number(64), "kind": .number(3), "x": .number(1)]
        #expect(space.fault(of: settings)?.contains("x is not searched") == true)
        #expect(space.fault(of: TrialSettings(loss: "b"))?.contains("d is missing") == true)
        #expect(space.fault(of: TrialSettings(loss: "c"))?.contains("loss c") == true)
        let rows = space.branches[0].dimensions[3]
        #expect(!rows.contains(.number(0.5)) && !rows.contains(.name("x")) && rows.contains(.number(2)))
        #expect(rows.nearest(to: .number(7.4)) == .number(2) && rows.nearest(to: .number(0.4)) == .number(0))
        #expect(space.branches[1].dimensions[0].nearest(to: .number(90)) == .number(64))
        #expect(space.branches[1].dimensions[1].nearest(to: .name("raw")) == .name("tfidf"))
    }

    @Test("Spaces that cannot be searched are refused, and those with one value are not")
    func refused() throws {
        func error(_ values: SearchDimension.Values) -> SearchSpaceError? {
            do throws(SearchSpaceError) {
                _ = try SearchDimension(name: "x", values: values)
                return nil
            } catch { return error }
        }
        #expect(error(.real(from: 2, to: 1, isLogarithmic: false)) == .inverted(name: "x", from: 2, to: 1))
        #expect(error(.whole(from: 2, to: 1, isLogarithmic: false)) == .inverted(name: "x", from: 2, to: 1))
        #expect(error(.real(from: 0, to: 1, isLogarithmic: true)) == .noLogarithm(name: "x", from: 0))
        #expect(error(.whole(from: -1, to: 1, isLogarithmic: true)) == .noLogarithm(name: "x", from: -1))
        for (from, to) in [(Double.nan, 1), (0, .infinity), (-.infinity, 0), (-1e308, 1e308)] {
            #expect(error(.real(from: from, to: to, isLogarithmic: false)) == .notFinite(name: "x"))
        }
        #expect(error(.whole(from: 0, to: .max, isLogarithmic: false)) == .notFinite(name: "x"))
        #expect(error(.choice([])) == .noValues(name: "x"))
        #expect(error(.choice([.number(1), .number(1)])) == .repeatedValue(name: "x"))
        #expect(error(.choice([.number(.nan)])) == .notFinite(name: "x"))
        #expect(error(.real(from: 1, to: 1, isLogarithmic: true)) == nil && error(.choice([.number(1)])) == nil)
        #expect(throws: SearchSpaceError.empty) { try SearchSpace([]) }
        #expect(throws: SearchSpaceError.repeatedName(name: "a")) {
            try SearchSpace([.init(name: "a", dimensions: []), .init(name: "a", dimensions: [])])
        }
    }

    @Test("Rounding keeps four digits of numbers of any size")
    func rounding() {
        for (number, expected) in [
            (0.0123456, 0.01235), (1.99999e-7, 2e-7), (-3.14159, -3.142), (123456, 123500), (9.9999e20, 1e21), (0, 0), (0.5, 0.5),
            (0.00799951, 0.008),
        ] { #expect(SearchDimension.rounded(number) == expected, "\(number): \(SearchDimension.rounded(number))") }
    }
}
