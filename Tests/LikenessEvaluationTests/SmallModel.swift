import RandomNumbers

@testable import LikenessEvaluation

/// A model in arrays, and random likes for it.
struct SmallModel {
    var components: Int
    var users: [Float]
    var userBiases: [Float]
    var items: [Float]
    var itemBiases: [Float]
    var userIsPresent: [Bool]?
    var itemIsPresent: [Bool]?

    /// Random values; with `ties`, few different ones, so that many scores are equal and exact.
    init(users: Int, items: Int, components: Int, ties: Bool = false, seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        func draw(_ count: Int) -> [Float] {
            (0..<count).map { _ in ties ? Float(generator.below(3)) - 1 : Float(generator.below(1 << 20)) / 524_288 - 1
            }
        }
        self.components = components
        self.users = draw(users * components)
        userBiases = draw(users)
        self.items = draw(items * components)
        itemBiases = draw(items)
    }

    init(_ fixture: LightFMFixture) {
        components = fixture.components
        users = fixture.users
        userBiases = fixture.userBiases
        items = fixture.items
        itemBiases = fixture.itemBiases
    }

    func with<Result>(_ body: (ScoringModel) throws -> Result) throws -> Result {
        try ScoringModel.withArrays(
            users: users, userBiases: userBiases, items: items, itemBiases: itemBiases, components: components,
            userIsPresent: userIsPresent, itemIsPresent: itemIsPresent, body)
    }

    /// Each item's score. Products of the drawn values and their sums are exact in double; with ties also in float.
    func scores(of user: Int) -> [Double] {
        itemBiases.indices.map { item in
            (0..<components).reduce(Double(userBiases[user]) + Double(itemBiases[item])) { sum, c in
                sum + Double(users[user * components + c]) * Double(items[item * components + c])
            }
        }
    }
}

/// Rows in which each pair stands with this chance, none of them in `other`.
func randomRows(users: Int, items: Int, percent: Int, apartFrom other: LikeRows? = nil, seed: UInt64) throws -> LikeRows {
    var generator = SplitMix64(seed: seed)
    var pairs: (users: [UInt32], items: [UInt32]) = ([], [])
    for user in 0..<users {
        for item in 0..<items where generator.below(100) < percent {
            if other?.contains(user: user, item: UInt32(item)) ?? false { continue }
            pairs.users.append(UInt32(user))
            pairs.items.append(UInt32(item))
        }
    }
    return try LikeRows(users: pairs.users, items: pairs.items, userCount: users, itemCount: items)
}
