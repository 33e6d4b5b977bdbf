import CLMDB
import Platform

/// The two pages at the start of an LMDB file, read before the file is mapped: LMDB trusts what it maps, and a map that is
/// longer than its file kills the process that touches the rest.
///
/// ```
/// offset of a meta page:  16 magic  20 version  40 page size  136 last page  144 transaction
/// ```
struct MetaPages {
    /// Bytes of a page.
    let pageByteCount: Int
    /// The number of the last page in use, as of the newer of both commits.
    let lastPage: UInt64
    /// Bytes that the file has.
    let fileByteCount: Int

    /// Bytes that the file should have; `Int.max` if no file can have as many.
    var neededByteCount: Int {
        guard let last = Int(exactly: lastPage), last < Int.max / pageByteCount else { return .max }
        return (last + 1) * pageByteCount
    }

    /// Nil if the file is not there, is empty (LMDB will fill it), or cannot be read.
    ///
    /// - Throws: `LMDBError` if there is something that is not an LMDB file.
    init?(_ path: String) throws(LMDBError) {
        guard let file = try? FileDescriptor(path, for: .reading), let byteCount = try? file.byteCount, byteCount > 0 else { return nil }
        fileByteCount = byteCount
        guard let first = MetaPage(file, at: 0), let second = MetaPage(file, at: first.pageByteCount),
            first.pageByteCount.nonzeroBitCount == 1, (512...32_768).contains(first.pageByteCount),
            second.pageByteCount == first.pageByteCount
        else {
            throw LMDBError(code: .invalidFile, operation: "open", path: path)
        }
        pageByteCount = first.pageByteCount
        // LMDB takes the first of two that are equal.
        lastPage = first.transaction < second.transaction ? second.lastPage : first.lastPage
    }
}

/// One meta page.
private struct MetaPage {
    let pageByteCount: Int
    let lastPage: UInt64
    let transaction: UInt64

    init?(_ file: borrowing FileDescriptor, at offset: Int) {
        guard let bytes = try? file.read(152, at: offset), bytes.count == 152 else { return nil }
        let magic: UInt32 = 0xBEEF_C0DE
        let span = unsafe bytes.span.bytes
        guard unsafe span.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt32.self) == magic else { return nil }
        pageByteCount = unsafe Int(span.unsafeLoadUnaligned(fromByteOffset: 40, as: UInt32.self))
        lastPage = unsafe span.unsafeLoadUnaligned(fromByteOffset: 136, as: UInt64.self)
        transaction = unsafe span.unsafeLoadUnaligned(fromByteOffset: 144, as: UInt64.self)
    }
}

extension Environment {
    /// Sees to it that no page in use lies behind the file's end.
    ///
    /// LMDB may commit a last page that it never wrote, because the page was freed in the same transaction; `write` then lengthens
    /// the file at once. A file that lacks a little was left by a writer that died in between, or whose machine lost its power: a writer
    /// lengthens it, a reader waits for that, then checks that every page which is led to is there. A file that lacks more was cut short.
    static func refuseTruncatedFile(_ path: String, isReadOnly: Bool) throws(LMDBError) {
        var attempts = 0
        while let pages = try MetaPages(path), pages.fileByteCount < pages.neededByteCount {
            let isShort = pages.neededByteCount - pages.fileByteCount > 1 << 20
            if !isShort && !isReadOnly { return }
            attempts += 1
            if attempts > 20, !isShort, (try? PageWalker.check(path)) != nil { return }
            if isShort || attempts > 20 { throw LMDBError(code: .truncated, operation: "open", path: path) }
            SystemThread.pause(microseconds: 5_000)
        }
    }

    /// Lengthens the file to its last page if a commit left it shorter: under the writer's lock, so that nobody else is writing
    /// behind the old end.
    static func lengthenFile(of handle: OpaquePointer) {
        guard unsafe lacksPages(handle) else { return }
        var transaction: OpaquePointer?
        guard unsafe mdb_txn_begin(handle, nil, 0, &transaction) == MDB_SUCCESS else { return }
        if unsafe lacksPages(handle) {
            var descriptor: Int32 = -1
            unsafe mdb_env_get_fd(handle, &descriptor)
            try? FileDescriptor.resize(descriptor, to: unsafe usedByteCount(handle))
        }
        unsafe mdb_txn_abort(transaction)
    }

    private static func lacksPages(_ handle: OpaquePointer) -> Bool {
        var descriptor: Int32 = -1
        unsafe mdb_env_get_fd(handle, &descriptor)
        guard let byteCount = try? FileDescriptor.byteCount(descriptor) else { return false }
        return unsafe byteCount < usedByteCount(handle)
    }
}
