import LMDB
import LikenessFormat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Store {
    /// Creates an empty store in a folder, which is made if it is missing.
    ///
    /// The store is made under another name first and appears whole or not at all, so that a creation that was cut off can be
    /// done again.
    ///
    /// - Throws: `StoreError`: there is one already, or the folder cannot be written.
    public static func create(at path: String) throws(StoreError) -> Store {
        let file = path + "/data.mdb"
        guard !FileManager.default.fileExists(atPath: file) else { throw .alreadyExists(path: path) }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .file(path: path, reason: "the folder cannot be made: \(error)")
        }
        removeUnfinished(in: path)
        let unfinished = "\(path)/\(unfinishedPrefix)\(getpid())"
        defer { removeUnfinished(in: path) }
        try writeHeader(to: unfinished)
        // A link, unlike a renaming, never takes the place of a store that another process has made meanwhile.
        guard unsafe link(unfinished, file) == 0 else {
            if errno == EEXIST { throw .alreadyExists(path: path) }
            throw .file(path: file, reason: "it cannot be made: \(unsafe String(cString: strerror(errno)))")
        }
        return try open(at: path)
    }

    private static let unfinishedPrefix = "data.mdb.new."

    /// Makes a store's file with nothing in it but the header, and closes it.
    private static func writeHeader(to file: String) throws(StoreError) {
        let environment = try open(file, isReadOnly: false)
        let header = StoreHeader(
            identity: (.random(in: 0 ... .max), .random(in: 0 ... .max)),
            created: Int64(Date().timeIntervalSince1970 * 1_000))
        let meta = environment.table("meta")
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            try transaction.put(header.bytes, at: "header", in: meta)
        }
    }

    private static func removeUnfinished(in path: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where name.hasPrefix(unfinishedPrefix) {
            _ = unsafe unlink("\(path)/\(name)")
        }
    }
}
