package import LikenessFormat
package import LikenessStore
package import LikenessTraining

/// A training that is measured as it goes on: after numbers of epochs it tells what users and items have become. The store is not written.
///
/// Iterations of least squares count as epochs, unless the softmax of cosines comes after them: then its epochs count.
package struct StagedTraining {
    /// What is trained.
    package enum Choice {
        case stepped(FitOptions)
        case leastSquares(LeastSquaresFitOptions)
    }

    private enum Way {
        case stepped(FitRun, Model, TrainingState?)
        case leastSquares(LeastSquaresFit, AlternatingLeastSquares)
        case softmax(LeastSquaresFit, AlternatingLeastSquares, CosineSoftmax?, SoftmaxSettings, start: Int)
    }

    package let store: StoreReader
    package let lengths: Manifest.Lengths
    package let presentUsers: [Bool]
    package let presentItems: [Bool]
    package let threads: Int
    package let seed: UInt64
    /// How many epochs were chosen.
    package let epochs: Int
    package private(set) var epochsDone = 0
    private var way: Way

    /// - Throws: `FitError`: nothing to train, or a value that cannot be used.
    package init(_ store: StoreReader, _ data: TrainingSet, _ choice: Choice) throws(FitError) {
        (self.store, lengths) = (store, data.lengths)
        switch choice {
        case .stepped(let options):
            let run = try FitRun(store, data, options)
            (presentUsers, presentItems) = (run.presentUsers, run.presentItems)
            (threads, seed, epochs) = (
                options.hyperparameters.threads, options.hyperparameters.seed, options.hyperparameters.epochs
            )
            way = .stepped(run, run.freshModel(), nil)
        case .leastSquares(let options):
            let fit = try LeastSquaresFit(store, data, options)
            (presentUsers, presentItems) = (fit.presentUsers, fit.presentItems)
            (threads, seed) = (options.settings.threads, options.settings.seed)
            epochs = options.softmax?.epochs ?? options.settings.iterations
            let solver = try fit.solver()
            way =
                options.softmax.map { .softmax(fit, solver, nil, $0, start: options.settings.iterations) } ?? .leastSquares(fit, solver)
        }
    }

    /// Goes on until so many epochs are done: what one longer run would train.
    ///
    /// - Parameter progress: gets numbers of all epochs; returns false to stop.
    /// - Returns: the seconds of the epochs.
    package mutating func train(to epoch: Int, progress: (FitProgress) -> Bool) throws(FitError) -> Double {
        let (done, more) = (epochsDone, epoch - epochsDone)
        let seconds: Double
        switch way {
        case .stepped(let run, let model, let state):
            let all = epochs
            let trained = try run.train(model, state: state, epochs: more) { progress($0.shifted(by: done, of: all)) }
            way = .stepped(run, trained.model, trained.state)
            seconds = trained.seconds
        case .leastSquares(let fit, var solver):
            let all = epochs
            seconds = try fit.run(&solver, iterations: more) { progress($0.shifted(by: 0, of: all)) }.seconds
            way = .leastSquares(fit, solver)
        case .softmax(let fit, var solver, let begun, let softmax, let start):
            let all = start + epochs
            var before = 0.0
            if begun == nil { before = try fit.run(&solver, iterations: start) { progress($0.shifted(by: 0, of: all)) }.seconds }
            var stage: CosineSoftmax
            if let begun { stage = begun } else { stage = try fit.stage(from: solver.model(), softmax) }
            seconds = before + (try fit.run(&stage, epochs: more) { progress($0.shifted(by: start + done, of: all)) }.seconds)
            way = .softmax(fit, solver, stage, softmax, start: start)
        }
        epochsDone = epoch
        return seconds
    }

    /// What users and items are now.
    ///
    /// - Parameter rows: of users; nil for all.
    package func representations(ofUsers rows: [Int]? = nil) -> (users: Representations, items: Representations) {
        let model: LeastSquaresModel
        switch way {
        case .stepped(let run, let model, _):
            return (model.userRepresentations(run.userFeatures, rows: rows), model.itemRepresentations(run.itemFeatures))
        case .leastSquares(_, let solver): model = solver.model()
        case .softmax(_, let solver, let stage, _, _): model = stage?.model() ?? solver.model()
        }
        return (Representations(rows.map { model.users.selecting($0) } ?? model.users), Representations(model.items))
    }
}
