import LMDB
import LikenessFormat
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension StoreReader {
    /// Opens a pack as a store of one version, for reading: it is checked, and laid out in a temporary file that is gone as soon as it is open.
    ///
    /// The version keeps its number, and `production` points at it.
    /// - Throws: `StoreError`: a pack that is not sound, or no room for temporary files.
    /// - Complexity: O(bytes of the pack), on disk and in time.
    static func openPack(at path: String) throws(StoreError) -> StoreReader {
        let pack = try PackFile(path)
        if pack.header.isPart { throw .pack(.isPart(path: path)) }
        let folder = FileManager.default.temporaryDirectory.path
        let name = folder + "/likeness-pack"
        AtomicFile.removeAbandoned(beside: name)
        let file: AtomicFile
        do { file = try AtomicFile(name) } catch {
            throw .file(path: folder, reason: "a pack is laid out there to be read, and that file cannot be made: \(error). Set TMPDIR")
        }
        let environment = try open(file.temporaryPath, isReadOnly: false, isExclusive: true, isLasting: false)
        let header = try Store.writeHeader(in: environment, nil)
        let store = Store(path, environment, header, isAlone: true)
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            try transaction.put(NextVersion(pack.header.version).bytes, at: "next.version", in: store.tables.meta)
        }
        try store.importVersion(from: path, alias: "production")
        return StoreReader(path, environment, header, isAlone: true)
    }
}
