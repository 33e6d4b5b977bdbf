import Testing

@testable import LikenessTuning

@Suite struct HalvingTests {
    @Test("Rungs at least double, and the last point is none to stop at")
    func rungs() {
        #expect(Halving.rungs(of: [4, 6, 8, 12, 16]) == [4, 8, 16] && Halving.rungs(of: [1, 2, 3, 4, 5]) == [1, 2, 4])
        #expect(Halving.rungs(of: [8]) == [8] && Halving.rungs(of: []) == [])
        var halving = Halving(leastTrials: 1)
        halving.add("als", curve: [(4, 1), (8, 1), (16, 1)], isWhole: true)
        #expect(!halving.isBehind("als", at: 16, of: [4, 8, 16], value: 0) && halving.isBehind("als", at: 8, of: [4, 8, 16], value: 0))
        #expect(!halving.isBehind("als", at: 6, of: [4, 6, 8], value: 0), "6 is no rung")
    }

    @Test("A training goes on if it is no worse than the median of enough others of its loss")
    func median() {
        var halving = Halving(leastTrials: 4)
        for value in [0.1, 0.2, 0.3] { halving.add("als", curve: [(4, value), (8, value * 2)], isWhole: true) }
        #expect(!halving.isBehind("als", at: 4, of: [4, 8], value: 0))
        halving.add("als", curve: [(4, 0.4)], isWhole: false)
        #expect(halving.isBehind("als", at: 4, of: [4, 8], value: 0.249) && !halving.isBehind("als", at: 4, of: [4, 8], value: 0.25))
        #expect(!halving.isBehind("warp", at: 4, of: [4, 8], value: 0))
        #expect(Halving.median(of: [3, 1, 2]) == 2 && Halving.median(of: [1, 2, 3, 10]) == 2.5)
    }

    @Test("What was stopped is expected to gain what the others did")
    func expectation() {
        var halving = Halving()
        #expect(halving.expected("als", stoppedAt: 4, best: 0.1) == 0.1)
        for gain in [0.1, 0.2, 0.6] { halving.add("als", curve: [(4, 0.5), (8, 0.5 + gain), (16, 0.4)], isWhole: true) }
        halving.add("als", curve: [(4, 0.1)], isWhole: false)
        #expect(abs(halving.expected("als", stoppedAt: 4, best: 0.1) - 0.3) < 1e-12)
        #expect(halving.expected("als", stoppedAt: 8, best: 0.1) == 0.1)
        #expect(halving.expected("warp", stoppedAt: 4, best: 0.1) == 0.1)
    }
}
