import Foundation
import Testing

@testable import LikenessTraining

/// Violators that are found after the candidates that are drawn ahead, which are 16.
@Suite struct ManyTriesTests {
    private static let (items, liked, violator) = (500, 3, 77)

    /// All items but two score far below the liked one.
    private static func model(_ choice: Hyperparameters) -> Model {
        var model = Model(
            components: choice.components, schedule: choice.schedule, items: items, itemFeatures: 2, users: 1, seed: 2)
        for item in 0..<items where item != liked && item != violator { model.items.biases[item] = -5 }
        return model
    }

    @Test(
        "The only item that ranks too high is found wherever it is drawn, and weighs by how late",
        arguments: [Hyperparameters.Loss.warp, .warpKOS], [[], [liked], [liked, violator], [5]])
    func onlyViolator(loss: Hyperparameters.Loss, itemsWithFeatures: [Int]) throws {
        var choice = Hyperparameters()
        (choice.loss, choice.components, choice.maxSampled) = (loss, 12, 200)
        var lists = [[(feature: UInt32, weight: Float)]](repeating: [], count: Self.items)
        for item in itemsWithFeatures { lists[item] = [(UInt32(item % 2), 0.5)] }
        let features = try FeatureRows(lists, identityWeights: [Float](repeating: 1, count: Self.items))
        let model = Self.model(choice)
        var (late, without) = (0, 0)
        for seed in 0..<100 {
            var source = RecordingSampler(state: UInt64(seed))
            var trainer = try Trainer(
                model: model, interactions: Interactions(users: [0], items: [UInt32(Self.liked)]), itemFeatures: features,
                hyperparameters: choice)
            try trainer.runEpoch([Example(user: 0, item: UInt32(Self.liked))], source: &source)
            // k-OS WARP draws which like it is, the only one, behind the first candidates.
            var calls = source.calls
            if loss == .warpKOS { #expect(calls.remove(at: 1) == [0]) }
            #expect(calls.first?.count == 16 && calls.dropFirst().allSatisfy { $0.count == 16 || $0.count == 8 })
            let candidates = calls.flatMap { $0 }
            let squares = trainer.model.items.biasAccumulators[Self.violator]
            guard let place = candidates.firstIndex(of: UInt32(Self.violator)) else {
                #expect(candidates.count == choice.maxSampled && trainer.model == model)
                without += 1
                continue
            }
            let rankLoss = log(Double((Self.items - 1) / (place + 1)))
            #expect(abs(Double(squares) - 1 - rankLoss * rankLoss) < 1e-4, "place \(place): \(squares)")
            #expect(trainer.model.items.biasAccumulators[Self.liked] == squares)
            late += place >= 16 ? 1 : 0
        }
        #expect(late >= 15 && without >= 40, "\(late) late, \(without) without")
    }
}
