import CLMDB

/// A named table of an environment: a sorted map from keys to values, both plain bytes.
///
/// The tables are opened once, when the environment is, and stay open as long as it does.
package struct Table: Sendable {
    /// The name as it is written in the file.
    package let name: String
    let handle: MDB_dbi
}

/// What a table holds, in numbers.
package struct TableStatistics: Sendable, Equatable {
    /// Keys in the table.
    package let entries: Int
    /// Bytes of the pages that the table fills.
    package let byteCount: Int
}
