import LMDB
import LikenessStore
import LikenessTraining

extension StoreReader {
    /// Reads on one consistent view, for what may fail as a fit does.
    func reading<R>(_ body: (borrowing Reading) throws -> R) throws(FitError) -> R {
        let result: Result<R, FitError>
        do {
            result = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                do { return .success(try body(transaction)) } catch { return .failure(FitError(any: error)) }
            }
        } catch {
            throw .store(error)
        }
        return try result.get()
    }
}

extension FitError {
    /// The error of a fit for one that was thrown while it read, trained or wrote.
    init(any error: any Error) {
        switch error {
        case let error as FitError: self = error
        case let error as StoreError: self = .store(error)
        case let error as TrainingError: self = FitError(error)
        default: self = .store(.damaged(table: "blocks", key: "", reason: "\(error)"))
        }
    }
}
