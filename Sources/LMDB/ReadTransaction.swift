import CLMDB
import Platform

/// A consistent view of all tables as of one moment. It never blocks a writer and is never blocked by one.
///
/// The pages it sees cannot be reused while it is open, so hold it for one query and no longer. Values are borrowed from the
/// memory map: the compiler keeps them from outliving the transaction.
@safe package struct ReadTransaction<Failure: LMDBErrorConvertible>: ~Copyable {
    let handle: OpaquePointer
    private let thread: UInt
    /// Keeps the map open as long as the view is.
    let environment: Environment

    /// Begins a view of the present moment.
    package init(_ environment: Environment) throws(Failure) {
        do throws(LMDBError) {
            let active = try environment.file.begin(flags: UInt32(MDB_RDONLY), "begin reading")
            unsafe handle = active.transaction
            thread = active.thread
        } catch {
            throw Failure(error)
        }
        self.environment = environment
    }

    deinit {
        unsafe mdb_txn_abort(handle)
        environment.file.end(thread)
    }

    /// The number of the last commit that this view contains.
    package var number: UInt64 {
        unsafe UInt64(mdb_txn_id(handle))
    }
}

extension ReadTransaction: TableReader {
    package var rawTransaction: TransactionHandle {
        unsafe TransactionHandle(handle)
    }

    package borrowing func releasePages(of value: RawSpan) {
        // Values that fill no page share theirs with others. A reading transaction's values lie in the shared map of the file.
        guard value.byteCount >= SystemMemory.pageByteCount else { return }
        unsafe value.withUnsafeBytes { bytes in unsafe SystemMemory.release(bytes) }
    }
}
