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
    /// Keeps the map open as long as the view is.
    let environment: Environment

    /// Begins a view of the present moment.
    package init(_ environment: Environment) throws(Failure) {
        var handle: OpaquePointer?
        var code = unsafe mdb_txn_begin(environment.handle, nil, UInt32(MDB_RDONLY), &handle)
        if code == MDB_MAP_RESIZED {
            // Another process grew the map: take over its size and try once more.
            try unsafe Failure.check(mdb_env_set_mapsize(environment.handle, 0), "grow the map of", path: environment.path)
            code = unsafe mdb_txn_begin(environment.handle, nil, UInt32(MDB_RDONLY), &handle)
        }
        guard code == MDB_SUCCESS, let handle = unsafe handle else {
            throw Failure(LMDBError(code: .init(rawValue: code), operation: "begin reading", path: environment.path))
        }
        unsafe self.handle = handle
        self.environment = environment
    }

    deinit {
        unsafe mdb_txn_abort(handle)
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
