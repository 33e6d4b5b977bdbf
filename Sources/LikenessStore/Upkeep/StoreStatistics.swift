import LMDB
import LikenessFormat

/// What a store holds, in numbers.
public struct StoreStatistics: Sendable, Codable, Equatable {
    /// Likes and dislikes that are in force.
    public let likes: Int
    /// Dislikes that are in force.
    public let dislikes: Int
    /// The last event's sequence number.
    public let lastSequence: UInt64
    /// Vocabulary lengths.
    public let users: Int
    /// Items in the vocabulary.
    public let items: Int
    /// Item features in the vocabulary.
    public let itemFeatures: Int
    /// User features in the vocabulary.
    public let userFeatures: Int
    /// Versions, aliases and blocks.
    public let versions: Int
    /// Aliases.
    public let aliases: Int
    /// Blocks of all versions.
    public let blocks: Int
    /// Bytes of the file, and of the address space that it may grow to.
    public let fileBytes: Int
    /// Bytes of address space that the file may grow to.
    public let mapBytes: Int
    /// The store's format, and the version of the LMDB library at work.
    public let format: UInt32
    /// The version of the LMDB library at work.
    public let lmdbVersion: String
    /// When the store was created, in milliseconds since 1970-01-01 UTC.
    public let created: Int64
    /// Of a replica: the remote that it follows.
    public let replicaOf: String?
    /// Processes that still read the store as it was before the last commit.
    public let readers: [LaggingReader]
}

/// A process that still reads a store as it was, and keeps the pages that were freed since in the file.
public struct LaggingReader: Sendable, Codable, Equatable {
    /// The system's number of the process.
    public let process: Int
    /// Commits since the one that it sees.
    public let commitsBehind: UInt64
    /// Bytes of the pages that these have freed, and that cannot be used again until it is done.
    public let heldBytes: Int
}

extension StoreReader {
    /// What the store holds, as of one moment.
    ///
    /// - Complexity: O(1), and O(commits that freed pages) where somebody still reads the store as it was.
    public func statistics() throws(StoreError) -> StoreStatistics {
        let (last, others) = (environment.lastTransaction, environment.readers)
        return try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var readers: [LaggingReader] = []
            for reader in others where reader.transaction < last {
                readers.append(
                    LaggingReader(
                        process: reader.process, commitsBehind: last - reader.transaction,
                        heldBytes: try transaction.freedByteCount(from: reader.transaction)))
            }
            let counts = try LikesIndex(tables).counts(in: transaction)
            return StoreStatistics(
                likes: Int(counts.likes), dislikes: Int(counts.dislikes),
                lastSequence: try LikesLog(tables).lastSequence(in: transaction).rawValue,
                users: try Int(Vocabulary(.user, in: tables).length(in: transaction)),
                items: try Int(Vocabulary(.item, in: tables).length(in: transaction)),
                itemFeatures: try Int(Vocabulary(.itemFeature, in: tables).length(in: transaction)),
                userFeatures: try Int(Vocabulary(.userFeature, in: tables).length(in: transaction)),
                versions: try transaction.statistics(of: tables.versions).entries,
                aliases: try transaction.statistics(of: tables.aliases).entries,
                blocks: try transaction.statistics(of: tables.blocks).entries, fileBytes: environment.fileByteCount,
                mapBytes: environment.mapByteCount, format: header.format, lmdbVersion: Environment.libraryVersion,
                created: header.created, replicaOf: try replicaRecord(in: transaction)?.remote, readers: readers)
        }
    }
}
