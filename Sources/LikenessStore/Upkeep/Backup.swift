import LMDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Store {
    /// Writes a consistent, compacted copy of the store to one file while readers and writers go on. The copy opens as a store
    /// by its path, also from read-only media.
    ///
    /// The file appears whole or not at all: it is written under another name first, made durable, then renamed.
    ///
    /// - Throws: `StoreError.file`: there is such a file, or it cannot be written.
    /// - Returns: the copy's bytes.
    @discardableResult
    public func backUp(to file: String) throws(StoreError) -> Int {
        var status = stat()
        guard unsafe stat(file, &status) != 0 else {
            throw .file(path: file, reason: "there is such a file already; choose another name, or remove it")
        }
        let partial = file + ".part"
        let descriptor = openFile(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: partial, reason: "it cannot be made: \(systemReason())") }
        defer { close(descriptor) }
        do throws(LMDBError) {
            try environment.copy(toDescriptor: descriptor, compacting: true)
        } catch {
            _ = unsafe unlink(partial)
            throw StoreError(error)
        }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard fsync(descriptor) == 0, unsafe rename(partial, file) == 0 else {
            let reason = systemReason()
            _ = unsafe unlink(partial)
            throw .file(path: file, reason: "it cannot be made durable: \(reason)")
        }
        return size
    }

    private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
        #if canImport(Glibc)
            unsafe Glibc.open(path, flags, mode)
        #elseif canImport(Musl)
            unsafe Musl.open(path, flags, mode)
        #else
            unsafe Darwin.open(path, flags, mode)
        #endif
    }

    private func systemReason() -> String {
        unsafe String(cString: strerror(errno))
    }
}
