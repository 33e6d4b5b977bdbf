import Foundation
import LikenessFormat
import Testing

@testable import LikenessTuning

/// Functions that searches are compared on.
private enum Benchmark: String, CaseIterable {
    case branin, hartmann6

    /// The space, as scikit-optimize's own benchmarks have it.
    var bounds: [(Double, Double)] {
        self == .branin ? [(-5, 10), (0, 15)] : Array(repeating: (0, 1), count: 6)
    }

    func value(_ x: [Double]) -> Double {
        if self == .branin {
            let (b, c, t) = (5.1 / (4 * Double.pi * Double.pi), 5 / Double.pi, 1 / (8 * Double.pi))
            let inner = x[1] - b * x[0] * x[0] + c * x[0] - 6
            return inner * inner + 10 * (1 - t) * cos(x[0]) + 10
        }
        let alpha = [1, 1.2, 3, 3.2]
        let scale: [[Double]] = [
            [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
        ]
        let place: [[Double]] = [
            [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
            [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
        ]
        return -zip(alpha, zip(scale, place)).reduce(0.0) { sum, row in
            let distance = zip(x, zip(row.1.0, row.1.1)).reduce(0.0) { $0 + $1.1.0 * ($1.0 - $1.1.1) * ($1.0 - $1.1.1) }
            return sum + row.0 * exp(-distance)
        }
    }

    func space() throws -> SearchSpace {
        let dimensions = try bounds.enumerated().map { place, bound in
            try SearchDimension(name: "x\(place)", values: .real(from: bound.0, to: bound.1, isLogarithmic: false))
        }
        return try SearchSpace([.init(name: "f", dimensions: dimensions)])
    }

    func value(_ settings: TrialSettings) -> Double {
        value(bounds.indices.map { settings.values["x\($0)"]?.number ?? .nan })
    }

    /// The least value of a search after so many trials.
    func least(seed: UInt64, trials: Int, initialTrials: Int = 10, candidates: Int = 2_000) throws -> Double {
        var search = Search(try space(), seed: seed, initialTrials: initialTrials, candidates: candidates, isPerSecond: false)
        var least = Double.infinity
        for _ in 0..<trials {
            guard let proposal = search.next() else { break }
            let value = value(proposal.settings)
            least = min(least, value)
            search.tell(proposal.settings, loss: value, seconds: 1)
        }
        return least
    }
}

@Suite struct SearchTests {
    @Test("After 50 trials it has come as far as forest_minimize, over 30 seeds", arguments: Benchmark.allCases)
    fileprivate func statistics(benchmark: Benchmark) throws {
        let fixture = try ForestMinimizeFixture.read()
        let theirs = benchmark == .branin ? fixture.branin : fixture.hartmann6
        let ours = try (0..<30 as Range<UInt64>).map { try benchmark.least(seed: $0, trials: 50) }
        let random = try (0..<30 as Range<UInt64>).map { try benchmark.least(seed: $0, trials: 50, initialTrials: 50) }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        func error(_ values: [Double]) -> Double {
            let mean = mean(values)
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count * (values.count - 1))).squareRoot()
        }
        let noise = (error(ours) * error(ours) + error(theirs) * error(theirs)).squareRoot()
        #expect(theirs.count == 30 && mean(ours) < mean(theirs) + 2 * noise, "\(mean(ours)) and \(mean(theirs)) ± \(noise)")
        let gap = (error(ours) * error(ours) + error(random) * error(random)).squareRoot()
        #expect(mean(ours) < mean(random) - gap, "\(mean(ours)) and at random \(mean(random))")
    }

    @Test("Starts come first, then random trials, then guided ones, and nothing twice")
    func order() throws {
        let space = try Benchmark.branin.space()
        let starts = [[1.0, 2], [3, 4]].map { TrialSettings(loss: "f", values: ["x0": .number($0[0]), "x1": .number($0[1])]) }
        var search = Search(space, seed: 1, starts: starts, initialTrials: 4, candidates: 100)
        var origins: [Trial.Origin] = []
        var seen: Set<TrialSettings> = []
        for trial in 0..<12 {
            let proposal = try #require(search.next())
            if trial < 2 { #expect(proposal.settings == starts[trial]) }
            #expect(seen.insert(proposal.settings).inserted && space.fault(of: proposal.settings) == nil)
            origins.append(proposal.origin)
            search.tell(proposal.settings, loss: Benchmark.branin.value(proposal.settings), seconds: 1)
        }
        #expect(origins == [.start, .start] + Array(repeating: .random, count: 4) + Array(repeating: .model, count: 6))
    }

    @Test("Trials under way keep starts and random trials as they are, and guided ones away from each other")
    func underWay() throws {
        let space = try Benchmark.branin.space()
        let starts = [TrialSettings(loss: "f", values: ["x0": .number(1), "x1": .number(2)])]
        var search = Search(space, seed: 4, starts: starts, initialTrials: 5, candidates: 200)
        var pending: [TrialSettings] = []
        for _ in 0..<6 { pending.append(try #require(search.next(besides: pending)).settings) }
        for (place, settings) in pending.enumerated() {
            let proposal = try #require(search.next())
            #expect(proposal == search.next(besides: []) && proposal.settings == settings && (proposal.origin == .start) == (place == 0))
            search.tell(settings, loss: Benchmark.branin.value(settings), seconds: 1)
        }
        var guided: [TrialSettings] = []
        for _ in 0..<4 {
            let proposal = try #require(search.next(besides: guided))
            #expect(proposal.origin == .model && !guided.contains(proposal.settings) && !pending.contains(proposal.settings))
            guided.append(proposal.settings)
        }
        // A start that was under way when the search was cut off is tried when it goes on.
        var again = Search(space, seed: 4, starts: starts, initialTrials: 5, candidates: 200)
        again.tell(pending[1], loss: 1, seconds: 1)
        #expect(again.next()?.origin == .start)
    }

    @Test("A search that is told what another was told goes on as that one, at any trial")
    func resumed() throws {
        let space = try Benchmark.hartmann6.space()
        var first = Search(space, seed: 8, initialTrials: 5, candidates: 200)
        var told: [(TrialSettings, Double)] = []
        for _ in 0..<12 {
            var again = Search(space, seed: 8, initialTrials: 5, candidates: 200)
            for (settings, loss) in told { again.tell(settings, loss: loss, seconds: 2) }
            let proposal = try #require(first.next())
            #expect(again.next() == proposal && first.next() == proposal)
            let loss = Benchmark.hartmann6.value(proposal.settings)
            told.append((proposal.settings, loss))
            first.tell(proposal.settings, loss: loss, seconds: 2)
        }
        #expect(Search(space, seed: 9).next() != Search(space, seed: 8).next())
    }

    @Test("Losses that are not finite count as the worst and never stop the search", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(bad: Double) throws {
        let space = try Benchmark.branin.space()
        var search = Search(space, seed: 3, initialTrials: 6, candidates: 300, isPerSecond: false)
        var guided: [Double] = []
        for _ in 0..<40 {
            let proposal = try #require(search.next())
            let x = proposal.settings.values["x0"]?.number ?? 0
            if proposal.origin == .model { guided.append(x) }
            search.tell(proposal.settings, loss: x < 2 ? bad : 10 - x, seconds: bad)
        }
        // What fails is left alone before long.
        #expect(guided.suffix(15).count { $0 < 2 } <= 3, "\(guided)")
        var hopeless = Search(space, seed: 3, initialTrials: 2, candidates: 50)
        for _ in 0..<6 { hopeless.tell(try #require(hopeless.next()).settings, loss: bad, seconds: 1) }
        #expect(hopeless.next()?.origin == .random)
    }

    @Test("A space is searched to its end and no further")
    func exhausted() throws {
        let space = try SearchSpace([
            .init(
                name: "a",
                dimensions: [
                    SearchDimension(name: "x", values: .choice([.number(1), .number(2), .number(3)])),
                    SearchDimension(name: "y", values: .whole(from: 1, to: 2, isLogarithmic: false)),
                    SearchDimension(name: "z", values: .real(from: 5, to: 5, isLogarithmic: true)),
                ]), .init(name: "b", dimensions: []),
        ])
        var search = Search(space, seed: 1, initialTrials: 3, candidates: 500)
        var seen: Set<TrialSettings> = []
        while let proposal = search.next() {
            #expect(seen.insert(proposal.settings).inserted)
            search.tell(proposal.settings, loss: Double(seen.count % 3), seconds: 1)
        }
        #expect(seen.count == 7)
    }

    @Test("Per second, what costs less is tried more often")
    func perSecond() throws {
        let space = try SearchSpace([
            .init(name: "f", dimensions: [SearchDimension(name: "x", values: .real(from: 0, to: 1, isLogarithmic: false))])
        ])
        func spent(_ isPerSecond: Bool) throws -> Double {
            var total = 0.0
            for seed in 0..<10 as Range<UInt64> {
                var search = Search(space, seed: seed, initialTrials: 8, candidates: 300, isPerSecond: isPerSecond)
                for _ in 0..<30 {
                    let proposal = try #require(search.next())
                    let x = proposal.settings.values["x"]?.number ?? 0
                    // Two basins of one depth: the right one costs a hundred times as much.
                    let seconds = x > 0.5 ? 10 : 0.1
                    search.tell(proposal.settings, loss: min(abs(x - 0.2), abs(x - 0.8)), seconds: seconds)
                    if proposal.origin == .model { total += seconds }
                }
            }
            return total
        }
        #expect(try spent(true) < 0.5 * spent(false))
    }

    @Test("The partial dependence of a setting follows what the setting does, and is flat for one that does nothing")
    func dependence() throws {
        let space = try SearchSpace([
            .init(
                name: "f",
                dimensions: [
                    SearchDimension(name: "x", values: .real(from: 0.01, to: 100, isLogarithmic: true)),
                    SearchDimension(name: "idle", values: .real(from: 0, to: 1, isLogarithmic: false)),
                    SearchDimension(name: "kind", values: .choice([.name("good"), .name("bad")])),
                    SearchDimension(name: "one", values: .whole(from: 3, to: 3, isLogarithmic: false)),
                ])
        ])
        var search = Search(space, seed: 2, initialTrials: 200)
        #expect(search.dependences().isEmpty)
        for _ in 0..<200 {
            let settings = try #require(search.next()).settings
            let x = log10(settings.values["x"]?.number ?? 1)
            search.tell(settings, loss: (x - 1) * (x - 1) + (settings.values["kind"] == .name("bad") ? 3 : 0), seconds: 1)
        }
        let dependences = search.dependences()
        #expect(dependences.map(\.name) == ["x", "idle", "kind"] && dependences.map(\.isLogarithmic) == [true, false, false])
        let x = dependences[0].points
        #expect(x.count == 25 && x.first?.value == .number(0.01) && x.last?.value == .number(100))
        for point in x {
            let truth = log10(point.value.number ?? 1) - 1
            #expect(abs(point.mean - truth * truth - 1.5) < 1.5, "\(point)")
        }
        let idle = dependences[1].points.map(\.mean)
        #expect((idle.max() ?? 0) - (idle.min() ?? 0) < 1)
        #expect(dependences[2].points[1].mean - dependences[2].points[0].mean > 2)
    }
}
