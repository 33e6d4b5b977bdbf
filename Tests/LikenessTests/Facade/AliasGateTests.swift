import Testing

@testable import LikenessModels

@Suite struct AliasGateTests {
    @Test(
        "An alias moves to what was trained to a loss that a model can have",
        arguments: [
            (1, 0.5, 1.0, true), (0, 0.0, 1, false), (0, 0.5, 1, false), (3, 5e21, 1, false), (3, .nan, 1, false), (3, .infinity, 1, false),
            (3, 14, 1, true), (3, 5e5, 1_784, true), (3, 5e7, 1_784, false), (3, 900, 0.001, true),
        ])
    func gate(epochs: Int, loss: Double, weight: Double, moves: Bool) {
        let gate = AliasGate("production", isForced: false, epochs: epochs, meanLoss: loss, meanWeight: weight)
        #expect((gate.alias != nil) == moves && (gate.reason == nil) == moves)
        let forced = AliasGate("production", isForced: true, epochs: epochs, meanLoss: loss, meanWeight: weight)
        #expect(forced.alias == "production" && forced.reason == nil)
        let none = AliasGate(nil, isForced: false, epochs: epochs, meanLoss: loss, meanWeight: weight)
        #expect(none.alias == nil && none.reason == nil)
    }
}
