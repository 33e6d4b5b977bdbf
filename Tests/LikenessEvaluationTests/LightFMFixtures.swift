// Made by tools/parity/evaluation_fixtures.py with rectools-lightfm.

/// A model, likes, and each metric's values over the users with test likes, as LightFM gives them.
struct LightFMFixture {
    var name: String
    var components: Int
    var users: [Float]
    var userBiases: [Float]
    var items: [Float]
    var itemBiases: [Float]
    var testOffsets: [Int]
    var test: [UInt32]
    var trainOffsets: [Int]
    var train: [UInt32]
    var plain: [String: [Double]]
    var excluding: [String: [Double]]
}

let lightFMFixtures: [LightFMFixture] = [
