import LMDB
package import LikenessFormat
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Store {
    /// Creates an empty store in a folder, which is made if it is missing.
    ///
    /// The store's file is made under another name and appears whole and durable or not at all (see `AtomicFile`). A creation that was cut
    /// off can be done again; of several at once one succeeds, and the others find the store that it made.
    ///
    /// - Throws: `StoreError`: there is one already, or the folder cannot be written.
    public static func create(at path: String) throws(StoreError) -> Store {
        try create(at: path, replica: nil)
    }

    /// Creates an empty store, or a replica.
    package static func create(at path: String, replica: ReplicaRecord?) throws(StoreError) -> Store {
        let file = path + "/data.mdb"
        if FileIdentity(file) != nil { throw .alreadyExists(path: path) }
        do throws(SystemError) {
            try Folder.make(path)
        } catch {
            let reason = error == .exists ? "there is a file of that name; name a folder" : "the folder cannot be made: \(error)"
            throw .file(path: path, reason: reason)
        }
        AtomicFile.removeAbandoned(beside: file)
        do {
            let unfinished = try AtomicFile(file)
            _ = try writeHeader(in: try open(unfinished.temporaryPath, isReadOnly: false, isExclusive: true), replica)
            try unfinished.publish(replacing: false)
        } catch let error as SystemError where error == .exists {
            throw .alreadyExists(path: path)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .file(path: file, reason: "it cannot be made: \(error)")
        }
        return try replica == nil ? open(at: path) : openForReplication(at: path)
    }

    /// Writes the header of an empty store.
    static func writeHeader(in environment: Environment, _ replica: ReplicaRecord?) throws(StoreError) -> StoreHeader {
        var header = StoreHeader(
            identity: (.random(in: 0 ... .max), .random(in: 0 ... .max)),
            created: Int64(Date().timeIntervalSince1970 * 1_000))
        let meta = environment.table("meta")
        var record: [UInt8]?
        if let replica {
            header.writerFeatures |= StoreHeader.replicaFeature
            record = try SealedJSON.seal(replica, table: meta.name, key: Store.replicaKey)
        }
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            try transaction.put(header.bytes, at: "header", in: meta)
            if let record { try transaction.put(record, at: Store.replicaKey, in: meta) }
        }
        return header
    }
}
