import LMDB
import Platform

extension StoreReader {
    /// Writes a consistent, compacted copy of the store to one file while readers and writers go on. The copy opens as a store
    /// by its path, also from read-only media.
    ///
    /// The file appears whole and durable or not at all (see `AtomicFile`). Of two backups to one name, one succeeds and the other fails.
    ///
    /// - Throws: `StoreError.file`: there is such a file, or it cannot be written.
    /// - Returns: the copy's bytes.
    @discardableResult
    public func backUp(to file: String) throws(StoreError) -> Int {
        if FileIdentity(file) != nil { throw StoreReader.exists(file) }
        AtomicFile.removeAbandoned(beside: file)
        do {
            let copy = try AtomicFile(file)
            try environment.copy(toDescriptor: copy.descriptor.number, compacting: true)
            let size = try copy.descriptor.byteCount
            try copy.publish(replacing: false)
            return size
        } catch let error as SystemError where error == .exists {
            throw StoreReader.exists(file)
        } catch let error as LMDBError {
            throw StoreError(error)
        } catch {
            throw .file(path: file, reason: "it cannot be made: \(error)")
        }
    }

    /// Writes the copy to standard output.
    ///
    /// - Throws: `StoreError`: what the reader at the other end or the disk refused.
    public func backUpToStandardOutput() throws(StoreError) {
        do throws(LMDBError) {
            try environment.copy(toDescriptor: StandardStream.output, compacting: true)
        } catch {
            throw StoreError(error)
        }
    }

    private static func exists(_ file: String) -> StoreError {
        .file(path: file, reason: "there is such a file already; choose another name, or remove it")
    }
}
