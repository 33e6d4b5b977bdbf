package import LMDB
package import LikenessFormat
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A view of a store; everything that reads throws `StoreError`.
package typealias Reading = ReadTransaction<StoreError>
/// The transaction that changes a store.
package typealias Writing = WriteTransaction<StoreError>

/// A store as it is opened for reading: it answers every question, and nothing can be changed through it. ``Store`` is one that can.
///
/// A store is a folder with `data.mdb` in it, or such a file alone (a backup, a copy on read-only media). Any number of
/// processes may read it while one writes; nobody waits for a reader.
///
/// ```swift
/// let reader = try StoreReader.open(at: "likes.store")
/// let items = try reader.nearest(.items, to: "tag:tiltbrush")
/// ```
///
/// A process may have one store open as both; they share the map.
public class StoreReader: @unchecked Sendable {
    // Every stored property is immutable and `Sendable`; the compiler takes that for granted of final classes alone.

    /// The folder or the file that was opened.
    public let path: String
    package let environment: Environment
    package let tables: StoreTables
    package let header: StoreHeader
    /// Whether it was opened by replication, which alone may change a replica.
    private let isForReplication: Bool
    /// Whether no other process knows its file.
    let isAlone: Bool

    /// Opens a store for reading; on read-only media nothing is written beside the file. A pack of one version is laid out in a temporary file
    /// first: see `openPack(at:)`.
    ///
    /// - Throws: `StoreError`: nothing there, not a store, a later format, unknown features, no rights.
    /// - Complexity: O(1): nothing is loaded. Of a pack O(bytes).
    public class func open(at path: String) throws(StoreError) -> StoreReader {
        do {
            return try StoreReader(at: path, for: .reading)
        } catch {
            guard PackFile.isPack(path) else { throw error }
        }
        return try openPack(at: path)
    }

    /// Opens a replica for reading in a process that brings it up to date as well: a file is mapped once in a process, and so for writing.
    package static func openWhileReplicating(at path: String) throws(StoreError) -> StoreReader {
        try StoreReader(at: path, for: .readingWhileReplicating)
    }

    /// What a store is opened for.
    fileprivate enum Purpose {
        case reading, writing
        /// To change a replica, which nothing but replication may.
        case replicating
        /// To read a replica in a process that brings it up to date as well.
        case readingWhileReplicating
    }

    fileprivate convenience init(at path: String, for purpose: Purpose) throws(StoreError) {
        let environment = try StoreReader.open(try StoreReader.dataFile(at: path), isReadOnly: purpose == .reading)
        let meta = environment.table("meta")
        let header = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            guard let record = try transaction.get("header", in: meta) else { return StoreHeader?.none }
            return try StoreError.parsing("meta", "header", try StoreHeader(record))
        }
        guard let header else {
            throw .notAStore(path: path, reason: "it is an LMDB file without a store's header")
        }
        try StoreReader.check(header, path: path, forWriting: purpose != .reading)
        if header.isReplica && purpose == .writing { throw try StoreReader.replicaError(path, environment) }
        self.init(path, environment, header, isForReplication: purpose == .replicating)
    }

    /// A store over its open file.
    required init(_ path: String, _ environment: Environment, _ header: StoreHeader, isForReplication: Bool = false, isAlone: Bool = false)
    {
        self.path = path
        self.environment = environment
        self.header = header
        self.isForReplication = isForReplication
        self.isAlone = isAlone
        tables = StoreTables(environment)
    }

    /// The store's own files.
    package var files: [String] { [environment.path, environment.path + "-lock"] }

    /// Whether it is a replica: only `replica pull` changes it.
    public var isReplica: Bool { header.isReplica }

    /// Refuses to change a replica.
    package func requireWritable() throws(StoreError) {
        if isReplica && !isForReplication { throw try StoreReader.replicaError(path, environment) }
    }

    /// The versions of the store and their aliases.
    package var catalog: Catalog {
        Catalog(self)
    }

    /// The file of the store at a path, which is its folder or the file itself.
    static func dataFile(at path: String) throws(StoreError) -> String {
        let file = FileSystem.presence(at: path) == .folder ? path + "/data.mdb" : path
        switch FileSystem.presence(at: file) {
        case .absent: throw .notFound(path: path)
        case .denied(let folder):
            let owner = FileSystem.owner(of: folder).map { " of \($0)" } ?? ""
            throw .file(
                path: path,
                reason:
                    "whether there is a store cannot be seen: the folder \(folder)\(owner) does not let this user in. Ask its owner for the right "
                    + "to enter it, or for a copy made with `likeness backup`")
        case .file, .folder: return file
        }
    }

    /// Refuses a format or features that this build does not know.
    private static func check(_ header: StoreHeader, path: String, forWriting: Bool) throws(StoreError) {
        if header.format > StoreHeader.currentFormat {
            throw .newerFormat(path: path, found: header.format, supported: StoreHeader.currentFormat)
        }
        let unknown = header.readerFeatures & ~StoreHeader.knownReaderFeatures
        if unknown != 0 { throw .unsupportedFeatures(path: path, bits: unknown, forWriting: false) }
        let unknownToWriter = header.writerFeatures & ~StoreHeader.knownWriterFeatures
        if forWriting && unknownToWriter != 0 {
            throw .unsupportedFeatures(path: path, bits: unknownToWriter, forWriting: true)
        }
    }

    /// Opens the file of a store.
    ///
    /// - Parameters:
    ///   - isExclusive: no other process knows the file.
    ///   - isLasting: whether commits are to outlive a power cut.
    static func open(_ file: String, isReadOnly: Bool, isExclusive: Bool = false, isLasting: Bool = true) throws(StoreError) -> Environment
    {
        var options = Environment.Options()
        (options.isReadOnly, options.isExclusive, options.isLasting) = (isReadOnly, isExclusive, isLasting)
        if let text = ProcessInfo.processInfo.environment["LIKENESS_MAP_SIZE"] {
            guard let size = Int(text), size >= 1 << 20 else {
                throw .storage(
                    "LIKENESS_MAP_SIZE is '\(text)': give a number of bytes, at least 1048576", isOutOfSpace: false)
            }
            options.mapByteCount = size
        }
        // LMDB would fill an empty file, or refuse to read it with a word of the system's.
        if !isExclusive, FileSystem.byteCount(file) == 0 { throw .notAStore(path: file, reason: "it is an empty file") }
        do throws(LMDBError) {
            return try Environment.open(file, tableNames: StoreTables.names, options: options)
        } catch  where error.code == .notFound || error.code == .incompatible {
            throw .notAStore(path: file, reason: "it is an LMDB file without a store's tables")
        } catch  where error.code == .invalidFile || error.code == .versionMismatch || error.code == .corrupted || error.code == .truncated
        {
            throw .notAStore(path: file, reason: "\(error)")
        } catch {
            throw StoreError(error)
        }
    }
}

/// Likes, vocabularies and model versions in one memory-mapped file, opened for reading and writing.
///
/// ```swift
/// let store = try Store.open(at: "likes.store")
/// try store.ingestLikes(from: "likes.psv")
/// let report = try store.fit()
/// ```
public final class Store: StoreReader, @unchecked Sendable {
    /// Opens a store for reading and writing.
    ///
    /// - Throws: `StoreError`: nothing there, not a store, a later format, unknown features, no rights.
    /// - Complexity: O(1): nothing is loaded.
    override public class func open(at path: String) throws(StoreError) -> Store {
        do {
            return try Store(at: path, for: .writing)
        } catch {
            guard PackFile.isPack(path) else { throw error }
        }
        throw .pack(.readOnly(path: path))
    }

    /// Opens a replica to change it.
    package static func openForReplication(at path: String) throws(StoreError) -> Store {
        try Store(at: path, for: .replicating)
    }
}

extension StoreReader {
    /// The time of the system's clock, in milliseconds since 1970-01-01 UTC.
    package func now() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1_000)
    }

    /// The name of the user that runs this process, for histories.
    public static var systemUser: String {
        let environment = ProcessInfo.processInfo.environment
        return environment["USER"] ?? environment["LOGNAME"] ?? ProcessInfo.processInfo.userName
    }
}
