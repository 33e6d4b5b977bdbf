import RandomNumbers

@testable import LikenessTraining

/// A small world with planted tastes: users and items belong to groups, and users like items of their own group.
struct PlantedLikes {
    static let (users, items, groups) = (200, 150, 5)

    /// The likes to train on.
    var interactions: Interactions
    /// One like held out of each user.
    var heldOut: [UInt32]
    /// The group of each item, as a named feature.
    var itemFeatures: FeatureRows

    init(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var (users, items, heldOut): ([UInt32], [UInt32], [UInt32]) = ([], [], [])
        for user in 0..<Self.users {
            var liked: Set<UInt32> = []
            while liked.count < 11 {
                let item = random.draw(below: Self.items / Self.groups) * Self.groups + user % Self.groups
                liked.insert(UInt32(item))
            }
            let order = liked.sorted()
            heldOut.append(order[user % 11])
            for item in order where item != order[user % 11] {
                users.append(UInt32(user))
                items.append(item)
            }
        }
        interactions = Interactions(users: users, items: items)
        self.heldOut = heldOut
        itemFeatures = try FeatureRows(
            (0..<Self.items).map { [(feature: UInt32($0 % Self.groups), weight: Float(1))] },
            identityWeights: [Float](repeating: 1, count: Self.items))
    }

    /// A model for this world, not trained yet.
    func model(_ choice: Hyperparameters) -> Model {
        Model(
            components: choice.components, schedule: choice.schedule, items: Self.items, itemFeatures: Self.groups,
            users: Self.users, seed: choice.seed)
    }

    /// The share of pairs (held-out item, item never liked) that the model puts in the right order.
    func area(under model: Model, _ features: FeatureRows? = nil) -> Double {
        let items = model.itemRepresentations(features)
        let users = model.userRepresentations(nil)
        var seen = [Set<UInt32>](repeating: [], count: Self.users)
        for (user, item) in zip(interactions.users, interactions.items) { seen[Int(user)].insert(item) }
        var (right, all) = (0.0, 0.0)
        for user in 0..<Self.users {
            let own = users.vector(user)
            let scores = (0..<Self.items).map { item in
                zip(own, items.vector(item)).reduce(items.biases[item]) { $0 + $1.0 * $1.1 }
            }
            for item in 0..<Self.items where !seen[user].contains(UInt32(item)) && UInt32(item) != heldOut[user] {
                all += 1
                if scores[Int(heldOut[user])] > scores[item] { right += 1 }
            }
        }
        return right / all
    }
}
