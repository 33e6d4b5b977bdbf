import CLMDB
import Platform

/// What LMDB or the system said no to, where, and what the user can do about it.
///
/// The code is kept as LMDB gave it, so that a code this wrapper has no name for survives. Codes above zero are the
/// system's `errno` values; codes below zero are LMDB's own.
package struct LMDBError: Error, Equatable, Sendable {
    /// LMDB's return code, or an `errno` value.
    package struct Code: RawRepresentable, Hashable, Sendable {
        package let rawValue: Int32

        package init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        package static let keyExists = Code(rawValue: MDB_KEYEXIST)
        package static let notFound = Code(rawValue: MDB_NOTFOUND)
        package static let corrupted = Code(rawValue: MDB_CORRUPTED)
        package static let pageNotFound = Code(rawValue: MDB_PAGE_NOTFOUND)
        package static let panic = Code(rawValue: MDB_PANIC)
        package static let versionMismatch = Code(rawValue: MDB_VERSION_MISMATCH)
        package static let invalidFile = Code(rawValue: MDB_INVALID)
        package static let mapFull = Code(rawValue: MDB_MAP_FULL)
        package static let tablesFull = Code(rawValue: MDB_DBS_FULL)
        package static let readersFull = Code(rawValue: MDB_READERS_FULL)
        package static let mapResized = Code(rawValue: MDB_MAP_RESIZED)
        package static let incompatible = Code(rawValue: MDB_INCOMPATIBLE)
        package static let badTable = Code(rawValue: MDB_BAD_DBI)
        package static let badValueSize = Code(rawValue: MDB_BAD_VALSIZE)
        package static let noSpace = Code(rawValue: SystemError.noSpace.rawValue)
        package static let quotaExceeded = Code(rawValue: SystemError.quotaExceeded.rawValue)
        package static let fileTooLarge = Code(rawValue: SystemError.fileTooLarge.rawValue)
        package static let accessDenied = Code(rawValue: SystemError.accessDenied.rawValue)
        package static let readOnly = Code(rawValue: SystemError.readOnlyFileSystem.rawValue)
        package static let noSuchFile = Code(rawValue: SystemError.noSuchFile.rawValue)
        package static let outOfMemory = Code(rawValue: SystemError.outOfMemory.rawValue)
        package static let inputOutput = Code(rawValue: SystemError.inputOutput.rawValue)
        package static let invalidArgument = Code(rawValue: SystemError.invalidArgument.rawValue)
        /// Not a code of LMDB's: the file lies on a network file system, where memory maps are not coherent.
        package static let networkFileSystem = Code(rawValue: -40_001)
        /// Not a code of LMDB's: this process has the same file open in a mode that does not allow the new one.
        package static let alreadyOpenReadOnly = Code(rawValue: -40_002)
        /// Not a code of LMDB's: the environment was opened without the right to write.
        package static let openedForReading = Code(rawValue: -40_004)
        /// Not a code of LMDB's: the file may be read, but its lock file may not be written.
        package static let lockFileDenied = Code(rawValue: -40_005)
        /// Not a code of LMDB's: the file was opened without a lock file, and there is one now.
        package static let lockFileAppeared = Code(rawValue: -40_006)
        /// Not a code of LMDB's: the file is shorter than its own count of pages.
        package static let truncated = Code(rawValue: -40_003)
    }

    package let code: Code
    /// What was tried, in words: "open", "commit", "put".
    package let operation: String
    /// The table the operation was on, if it was on one.
    package let table: String?
    /// The key the operation was on, printed, if it was on one.
    package let key: String?
    /// The file, if the operation was on the environment.
    package let path: String?

    package init(code: Code, operation: String, table: String? = nil, key: String? = nil, path: String? = nil) {
        self.code = code
        self.operation = operation
        self.table = table
        self.key = key
        self.path = path
    }
}

/// An error type that has a place for what LMDB says, so that a closure over a transaction can throw one type.
package protocol LMDBErrorConvertible: Error {
    /// Wraps what LMDB said.
    init(_ error: LMDBError)
}

extension LMDBErrorConvertible {
    /// Throws unless `code` is LMDB's success.
    static func check(
        _ code: Int32, _ operation: @autoclosure () -> String, table: String? = nil,
        key: @autoclosure () -> String? = nil, path: @autoclosure () -> String? = nil
    ) throws(Self) {
        if code == MDB_SUCCESS { return }
        throw Self(
            LMDBError(code: .init(rawValue: code), operation: operation(), table: table, key: key(), path: path()))
    }
}

extension LMDBError: LMDBErrorConvertible {
    package init(_ error: LMDBError) {
        self = error
    }
}
