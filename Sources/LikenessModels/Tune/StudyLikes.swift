import LikenessEvaluation
import LikenessFormat
import LikenessStore
import LikenessTraining
import LikenessTuning
import RandomNumbers

/// The likes of a study, split in three: some to test with, some to search by, and the rest to train on.
///
/// ```
/// likes        train | search by | test
/// trials       train | measured  |            as often as there are trials
/// the end      train             | measured   once
/// ```
struct StudyLikes {
    /// What trials train on.
    let train: TrainingSet
    /// What trials are measured with.
    let validation: HeldOutLikes
    /// What the best settings train on in the end.
    let trainOfTest: TrainingSet
    /// What they are tested with.
    let test: HeldOutLikes

    /// Splits the likes: the split depends on the likes and the study's seed alone.
    init(_ data: TrainingSet, _ study: Study) throws(TuneError) {
        let likes = (0..<data.opinions.count).filter { !data.isDislike($0) }
        if likes.isEmpty { throw .fit(.noLikes) }
        let held = try StudyLikes.heldOut(of: likes, data, study, purpose: "test with", draw: 1)
        let isHeld = Set(held)
        let searched = try StudyLikes.heldOut(of: likes.filter { !isHeld.contains($0) }, data, study, purpose: "search by", draw: 2)
        trainOfTest = data.without(held)
        train = data.without(held + searched)
        do {
            test = try HeldOutLikes(held, of: data, besides: trainOfTest)
            validation = try HeldOutLikes(searched, of: data, besides: train)
        } catch {
            throw .evaluation(error.description)
        }
    }

    /// Positions of opinions to hold out.
    private static func heldOut(
        of likes: [Int], _ data: TrainingSet, _ study: Study, purpose: String, draw: UInt64
    ) throws(TuneError) -> [Int] {
        var random = SplitMix64(seed: study.seed, purpose: draw)
        let places: [Int]
        do {
            places = try Split.heldOut(k: study.heldOut, fraction: study.fraction).testPositions(
                users: likes.map { data.opinions.users[$0] }, items: likes.map { data.opinions.items[$0] }, seed: random.next())
        } catch {
            throw .evaluation(error.description)
        }
        if places.isEmpty { throw .nothingHeldOut(purpose: purpose, heldOut: study.heldOut, fraction: study.fraction) }
        return places.map { likes[$0] }
    }
}

/// Likes that a training does not have, to measure it with. Their users are numbered anew, so that only their rows are looked at.
struct HeldOutLikes {
    /// The row of each numbered user.
    let rows: [Int]
    private let test: LikeRows
    /// What the training knows of these users: left out of their rankings.
    private let known: LikeRows

    /// - Parameters:
    ///   - positions: opinions of `data`, all of them likes.
    ///   - train: what the training has, without these.
    init(_ positions: [Int], of data: TrainingSet, besides train: TrainingSet) throws(EvaluationError) {
        var numbers = [UInt32?](repeating: nil, count: data.lengths.users)
        var rows: [Int] = []
        for position in positions where numbers[Int(data.opinions.users[position])] == nil {
            numbers[Int(data.opinions.users[position])] = UInt32(rows.count)
            rows.append(Int(data.opinions.users[position]))
        }
        func likes(_ positions: some Sequence<Int>, _ opinions: LikeColumns) throws(EvaluationError) -> LikeRows {
            var (users, items): ([UInt32], [UInt32]) = ([], [])
            for position in positions {
                guard let number = numbers[Int(opinions.users[position])] else { continue }
                users.append(number)
                items.append(opinions.items[position])
            }
            return try LikeRows(users: users, items: items, userCount: rows.count, itemCount: data.lengths.items)
        }
        test = try likes(positions, data.opinions)
        known = try likes(0..<train.opinions.count, train.opinions)
        self.rows = rows
    }

    /// Each user's metrics; users and items that are not part of the model are left out and ranked last.
    ///
    /// - Parameter users: one row a numbered user.
    /// - Complexity: O(users × items × components).
    func measure(
        users: Representations, items: Representations, presentUsers: [Bool], presentItems: [Bool],
        k: Int, threads: Int
    ) throws(EvaluationError) -> EvaluationReport {
        let report: Result<EvaluationReport, EvaluationError>
        do {
            report = try ScoringModel.withArrays(
                users: users.vectors.array, userBiases: users.biases, items: items.vectors.array, itemBiases: items.biases,
                components: users.stride, userIsPresent: rows.map { presentUsers[$0] }, itemIsPresent: presentItems
            ) { (model) -> Result<EvaluationReport, EvaluationError> in
                do throws(EvaluationError) {
                    return .success(
                        try Evaluation(k: k, excludesTrain: true, includesUsers: true, threads: threads)
                            .evaluate(model, test: test, train: known))
                } catch {
                    return .failure(error)
                }
            }
        } catch let error as EvaluationError {
            throw error
        } catch {
            throw .malformedRows(detail: "\(error)")
        }
        return try report.get()
    }
}
