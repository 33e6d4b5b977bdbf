import LMDB
import LikenessFormat

/// Notices that something was forgotten between two batches of a run of ingest, which may know the rows of ids that are gone.
struct ForgetWatch {
    /// What the records of forgets were at the first batch.
    private var seen: [[UInt8]]?

    init() {}

    /// - Throws: `StoreError.catalog`: something has been forgotten since the first call.
    mutating func look<Reader: TableReader & ~Copyable>(
        _ tables: StoreTables, in transaction: borrowing Reader
    ) throws(StoreError) where Reader.Failure == StoreError {
        let found = [
            try transaction.get(Forgetting.key, in: tables.meta)?.copied ?? [],
            try transaction.get(Forgotten.key, in: tables.meta)?.copied ?? [],
        ]
        if let seen, seen != found { throw .catalog(.forgottenWhileTakingIn) }
        seen = found
    }
}
