import LikenessEvaluation
import LikenessTraining

/// Trains on ratings and measures as LightFM's own tests do: train items are part of the ranking.
struct RatingsTrial {
    let ratings: Ratings
    private let train: [Ratings.Rating]
    private let test: [Ratings.Rating]

    init(_ ratings: Ratings) {
        self.ratings = ratings
        train = ratings.ratings.filter { !$0.isHeldOut }
        test = ratings.ratings.filter(\.isHeldOut)
    }

    /// What is trained on.
    func interactions(weight: Float? = nil, positivesOnly: Bool = false, like: Float = 1, dislike: Float = -1) -> Interactions {
        let entries = train.filter { $0.isLike || !positivesOnly }
        return Interactions(
            users: entries.map(\.user), items: entries.map(\.item),
            weights: weight.map { [Float](repeating: $0, count: entries.count) },
            values: positivesOnly ? nil : entries.map { $0.isLike ? like : dislike })
    }

    /// Genres as item features; `identity` is the weight of the items' own embeddings.
    func genres(identity: Float) throws -> FeatureRows {
        try FeatureRows(
            ratings.genres.map { own in own.sorted().map { (feature: $0, weight: Float(1)) } },
            identityWeights: [Float](repeating: identity, count: ratings.items))
    }

    /// A fresh model.
    func model(_ choice: Hyperparameters) -> Model {
        Model(
            components: choice.components, schedule: choice.schedule, items: ratings.items, itemFeatures: 18,
            users: ratings.users, seed: choice.seed)
    }

    func trained(
        _ choice: Hyperparameters, _ interactions: Interactions, features: FeatureRows? = nil
    ) throws -> Model {
        var trainer = try Trainer(
            model: model(choice), interactions: interactions, itemFeatures: features, hyperparameters: choice)
        try trainer.run()
        return trainer.model
    }

    /// Precision at 10 and areas under curves, by the names of the recorded figures.
    func figures(of model: Model, features: FeatureRows? = nil) throws -> Floors.Figures {
        let items = model.itemRepresentations(features)
        let users = model.userRepresentations(nil)
        var figures: Floors.Figures = [:]
        try ScoringModel.withArrays(
            users: users.vectors.array, userBiases: users.biases, items: items.vectors.array, itemBiases: items.biases,
            components: items.stride
        ) { scoring in
            for (name, part) in [("train", train), ("test", test)] {
                let likes = part.filter(\.isLike)
                let rows = try LikeRows(
                    users: likes.map(\.user), items: likes.map(\.item), userCount: ratings.users,
                    itemCount: ratings.items)
                let means = try Evaluation(k: 10).evaluate(scoring, test: rows).means
                figures[name + "Precision"] = means.precision
                figures[name + "AUC"] = means.auc
            }
        }
        for (name, part) in [("train", train), ("test", test)] {
            figures[name + "ROC"] = area(of: part) { rating in
                let user = Int(rating.user) * users.stride
                let item = Int(rating.item) * items.stride
                let score = (0..<users.stride).reduce(Float(0)) { $0 + users.vectors[user + $1] * items.vectors[item + $1] }
                return score + users.biases[Int(rating.user)] + items.biases[Int(rating.item)]
            }
        }
        return figures
    }

    /// The area under the ROC curve over rated pairs: the share of (like, dislike) pairs in the right order.
    private func area(of part: [Ratings.Rating], score: (Ratings.Rating) -> Float) -> Double {
        let order = part.map { (score: score($0), isLike: $0.isLike) }.sorted { $0.score < $1.score }
        var (dislikes, right) = (0.0, 0.0)
        for rating in order {
            if rating.isLike { right += dislikes } else { dislikes += 1 }
        }
        return right / (dislikes * (Double(order.count) - dislikes))
    }

    /// Means of the figures over seeds.
    func means(_ trial: Floors.Case, seeds: ClosedRange<UInt64> = 1...4) throws -> Floors.Figures {
        let features = try trial.features.map { try genres(identity: $0 == "both" ? 1 : 0) }
        let interactions = interactions(weight: trial.weight, positivesOnly: trial.positivesOnly ?? false)
        var sums: Floors.Figures = [:]
        for seed in seeds {
            var choice = trial.hyperparameters
            choice.seed = seed
            let figures = try figures(of: trained(choice, interactions, features: features), features: features)
            sums.merge(figures) { $0 + $1 }
        }
        return sums.mapValues { $0 / Double(seeds.count) }
    }
}
