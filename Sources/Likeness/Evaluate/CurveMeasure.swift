import Interchange
import LMDB
import LikenessEvaluation
import LikenessModels
import LikenessStore
import LikenessTraining

/// Measures a model in training: on test likes with the train likes left out, and on the train likes of some users.
struct CurveMeasure {
    private(set) var trainUsers = 0
    let testUsers: Int
    let unknownUserLikes: Int
    let unknownItemLikes: Int

    private let threads: Int
    private let options: LearningCurveOptions
    /// Rows of all users; the numbers are the model's.
    private let test: LikeRows
    private let train: LikeRows
    /// What is left out of the rankings of test likes: these likes, and the dislikes.
    private let known: LikeRows
    private let sample: LikeRows

    init(_ training: StagedTraining, _ data: TrainingSet, _ pairs: PairsFile, _ options: LearningCurveOptions) throws(LearningCurveError) {
        threads = training.threads
        self.options = options
        let lengths = training.lengths
        let (presentUsers, presentItems) = (training.presentUsers, training.presentItems)
        let likes: TestLikes
        do {
            likes = try training.store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try TestLikes(pairs, training.store, presentUsers: presentUsers, presentItems: presentItems, in: transaction)
            }
        } catch {
            throw .evaluation(.store(error))
        }
        if likes.rows.isEmpty { throw .nothingToRank }
        (unknownUserLikes, unknownItemLikes) = (likes.unknownUserLikes, likes.unknownItemLikes)
        testUsers = likes.rows.count
        let opinions = data.opinions
        let kept = opinions.users.indices.filter {
            presentUsers[Int(opinions.users[$0])] && presentItems[Int(opinions.items[$0])]
        }
        func rows(of positions: [Int]) throws(EvaluationError) -> LikeRows {
            try LikeRows(
                users: positions.map { opinions.users[$0] }, items: positions.map { opinions.items[$0] },
                userCount: lengths.users, itemCount: lengths.items)
        }
        do {
            var held = try LikeRows(
                users: likes.users.map { likes.rows[Int($0)] }, items: likes.items, userCount: lengths.users,
                itemCount: lengths.items)
            held.unindexed = [UInt32](repeating: 0, count: lengths.users)
            for (row, count) in zip(likes.rows, likes.unindexed) { held.unindexed[Int(row)] = count }
            test = held
            train = try rows(of: kept.filter { !data.isDislike($0) })
            known = try rows(
                of: kept.filter { !data.isDislike($0) || !held.contains(user: Int(opinions.users[$0]), item: opinions.items[$0]) })
            sample = try train.sample(ofUsers: options.trainUsers, seed: training.seed)
        } catch {
            throw .evaluation(.model(error.description))
        }
        if options.metrics.contains(where: \.isOfCatalogue) {
            do throws(EvaluationFailure) {
                try MemoryLimits().checkLists(
                    of: options.k, users: max(testUsers, options.trainUsers), items: lengths.items, threads: training.threads)
            } catch {
                throw .evaluation(error)
            }
        }
        trainUsers = (0..<sample.userCount).count { !sample[$0].isEmpty }
        let overlap = zip(likes.users, likes.items).count { train.contains(user: Int(likes.rows[Int($0)]), item: $1) }
        if overlap > 0 { throw .evaluation(.overlap(overlap)) }
    }

    /// The values of all metrics now.
    func point(_ training: StagedTraining) throws(LearningCurveError) -> LearningCurveReport.Point {
        let (users, items) = training.representations()
        do {
            return try ScoringModel.withArrays(
                users: users.vectors.array, userBiases: users.biases, items: items.vectors.array, itemBiases: items.biases,
                components: users.stride, userIsPresent: training.presentUsers, itemIsPresent: training.presentItems
            ) { model in
                LearningCurveReport.Point(
                    epoch: training.epochsDone, train: try values(model, of: sample, excludesTrain: false),
                    test: try values(model, of: test, excludesTrain: true))
            }
        } catch {
            throw .evaluation(.model("\(error)"))
        }
    }

    private func values(_ model: ScoringModel, of likes: LikeRows, excludesTrain: Bool) throws -> [String: Double] {
        let report = try Evaluation(
            k: options.k, excludesTrain: excludesTrain, includesCatalogue: options.metrics.contains(where: \.isOfCatalogue),
            threads: threads
        ).evaluate(model, test: likes, train: train, known: known)
        let all = Dictionary(uniqueKeysWithValues: report.named.map { ($0.name, $0.value) })
        return all.filter { name, _ in options.metrics.contains { $0.rawValue == name } }
    }
}
