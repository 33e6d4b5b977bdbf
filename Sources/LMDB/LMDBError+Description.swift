import CLMDB
import Platform

extension LMDBError: CustomStringConvertible {
    package var description: String {
        var text = "cannot \(operation)"
        if let table { text += " in table \(table)" }
        if let key { text += " at key \(key)" }
        if let path { text += " \(path)" }
        text += ": \(reason)"
        if let advice { text += ". \(advice)" }
        return text
    }

    /// What LMDB or the system calls the code.
    private var reason: String {
        switch code {
        case .networkFileSystem: "it lies on a network file system, where a memory map is not kept coherent"
        case .truncated: "it has been cut short: pages at its end are missing"
        case .alreadyOpenReadOnly: "this process has it open read-only"
        case .openedForReading: "it was opened for reading only"
        case .lockFileDenied: "this user may read the file beside it, but not write to this one\(owner)"
        case .lockFileAppeared: "somebody works with it who may write it, and this user may not write its lock file"
        case .accessDenied: "this user may not\(owner)"
        case .mapResized: "another process has grown it past the map of this one, which always reads somewhere and so cannot map it anew"
        default: unsafe String(cString: mdb_strerror(code.rawValue))
        }
    }

    /// By whom the file is owned, in words.
    private var owner: String {
        path.flatMap { FileSystem.owner(of: $0) }.map { "; it belongs to \($0)" } ?? ""
    }

    private var lockPath: String {
        let path = path ?? "the lock file"
        return code == .lockFileAppeared ? path + "-lock" : path
    }

    /// What the user can do.
    private var advice: String? {
        switch code {
        case .mapFull:
            "The store has reached its map size; open it with a larger one (LIKENESS_MAP_SIZE, in bytes). "
                + "Everything acknowledged before is safe"
        case .noSpace, .quotaExceeded:
            "Free some space on that disk and run the command again; everything acknowledged before is safe"
        case .fileTooLarge:
            "The process may not make so large a file; raise its limit (ulimit -f) and run the command again. "
                + "Everything acknowledged before is safe"
        case .readersFull:
            "Too many processes read the store at once; end some, or open it first with more reader slots"
        case .invalidFile, .versionMismatch:
            "The file is not an LMDB file that this build can read; check the path, or restore a backup"
        case .corrupted, .pageNotFound, .panic, .truncated:
            "The file is damaged; run `likeness versions verify`, or restore a backup"
        case .accessDenied: "Ask its owner for the right, or for a copy made with `likeness backup`"
        case .lockFileDenied, .lockFileAppeared:
            "Every reader notes in the lock file which pages it reads, so that no writer uses them again. Have its owner allow that "
                + "(chmod go+rw \(lockPath)), or, where nobody writes to the store, make its data file read-only (chmod a-w), or read a copy "
                + "made with `likeness backup`"
        case .readOnly: "The file system is read-only; open the store for reading instead"
        case .noSuchFile: "Check the path, or create the store with `likeness init`"
        case .networkFileSystem: "Keep the store on a local disk"
        case .outOfMemory: "The address space is too small for the map; set a smaller LIKENESS_MAP_SIZE"
        case .openedForReading: "Open the store for writing instead"
        case .mapResized: "End the readings that are under way, then try again"
        case .alreadyOpenReadOnly: "Close the read-only store first"
        // A write that the system cuts short, as on a disk that has just become full, is this too.
        case .inputOutput: "The medium failed to read or write; check the disk, and that it is not full"
        default: nil
        }
    }
}
