import CLMDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

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
        let page = Int(getpagesize())
        // Values that fill no page share theirs with others.
        guard value.byteCount >= page else { return }
        unsafe value.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            // A reading transaction's values lie in the shared, read-only map of the file, which begins and ends on a page.
            let before = Int(bitPattern: start) % page
            let pages = (before + bytes.count + page - 1) / page
            _ = unsafe madvise(UnsafeMutableRawPointer(mutating: start - before), pages * page, MADV_DONTNEED)
        }
    }
}
