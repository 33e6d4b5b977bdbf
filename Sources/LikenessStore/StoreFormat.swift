import LMDB
import LikenessFormat

/// What this build writes, and with which library.
public enum StoreFormat {
    /// The newest format that this build reads and writes.
    public static var current: UInt32 { StoreHeader.currentFormat }

    /// The version of the LMDB library at work.
    public static var lmdbVersion: String { Environment.libraryVersion }
}
