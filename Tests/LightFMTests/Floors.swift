import Foundation
import LikenessTraining

/// What LightFM reached, as `tools/parity/lightfm_floors.py` recorded it.
struct Floors: Decodable, Sendable {
    /// Figures by name, means or standard deviations over seeds.
    typealias Figures = [String: Double]

    struct Case: Decodable, Sendable, CustomStringConvertible {
        var name: String
        var loss: Hyperparameters.Loss
        var schedule: Hyperparameters.Schedule?
        var threads, components, epochs: Int?
        var alpha, weight: Float?
        var positivesOnly: Bool?
        /// `genres` for these alone, `both` for ids and genres, nil for ids.
        var features: String?
        var mean, deviation: Figures

        var description: String { name }

        /// What our trainer is told.
        var hyperparameters: Hyperparameters {
            var choice = Hyperparameters()
            choice.loss = loss
            choice.schedule = schedule ?? .adagrad
            choice.components = components ?? 10
            choice.epochs = epochs ?? 10
            choice.threads = threads ?? 1
            choice.itemRegularization = alpha ?? 0
            choice.userRegularization = alpha ?? 0
            return choice
        }
    }

    struct DataSet: Decodable, Sendable {
        var checksum: String
        var cases: [Case]
    }

    var planted: DataSet
    var movielens: DataSet

    static let recorded: Floors = {
        guard let file = Bundle.module.url(forResource: "floors", withExtension: "json", subdirectory: "Fixtures"),
            let data = try? Data(contentsOf: file), let floors = try? JSONDecoder().decode(Floors.self, from: data)
        else { fatalError("Fixtures/floors.json cannot be read; tools/parity/lightfm_floors.py writes it") }
        return floors
    }()
}
