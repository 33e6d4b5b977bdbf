import CLMDB

/// A named table of an environment: a sorted map from keys to values, both plain bytes.
///
/// The tables are opened once, when the environment is, and stay open as long as it does. A table that the file lacks is absent for a
/// reader: it reads as an empty one. So a reader of this build opens a store that an earlier build wrote.
package struct Table: Sendable {
    /// The name as it is written in the file.
    package let name: String
    /// Nil if the file had no such table when it was opened for reading.
    let handle: MDB_dbi?

    /// Whether the file has the table.
    package var isPresent: Bool { handle != nil }
}

/// What a put does with a value that is there already.
package enum PutMode: Sendable {
    /// Writes in its place.
    case replacing
    /// Fails with `LMDBError.Code.keyExists`.
    case inserting
    /// Fails with `keyExists`, as it does unless the key is greater than every key of the table. It fills pages instead of splitting them.
    case appending

    var flags: UInt32 {
        switch self {
        case .replacing: 0
        case .inserting: UInt32(MDB_NOOVERWRITE)
        case .appending: UInt32(MDB_APPEND)
        }
    }
}

/// What a table holds, in numbers.
package struct TableStatistics: Sendable, Equatable {
    /// Keys in the table.
    package let entries: Int
    /// Bytes of the pages that the table fills.
    package let byteCount: Int
}
