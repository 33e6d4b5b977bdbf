import LMDB
import Platform

/// Keeps every block of a store from being pruned while a publication is under way: from before its first block is written, or found to
/// be there, until its manifest is.
///
/// It is a shared lock (`flock`) on the store's file, which a prune asks for alone. The system gives it back when the process ends, however
/// it ends, so nothing is ever left to clean up, and processes that cannot see each other's numbers (containers) hold off each other too.
/// - Complexity: O(1).
package struct KeptBlocks: ~Copyable {
    private let file: FileDescriptor?

    /// Of a store that nobody else knows: nothing has to be done.
    fileprivate init() { file = nil }

    /// - Parameter path: the store's file.
    fileprivate init(_ path: String) throws(SystemError) {
        let file = try FileDescriptor(path, for: .reading)
        // A prune holds its lock for one short transaction.
        try file.lockShared()
        self.file = consume file
    }
}

extension StoreReader {
    /// Keeps every block of the store as long as the value lives.
    package func keepBlocks() throws(StoreError) -> KeptBlocks {
        if isAlone { return KeptBlocks() }
        do { return try KeptBlocks(environment.path) } catch {
            throw .file(path: environment.path, reason: "it cannot be locked against a prune: \(error)")
        }
    }

    /// Runs `body`, which may remove blocks, unless a publication is under way; nil if one is.
    func withoutPublications<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R? {
        let file: FileDescriptor
        do { file = try FileDescriptor(environment.path, for: .reading) } catch {
            throw .file(path: environment.path, reason: "it cannot be opened: \(error)")
        }
        while !file.tryLock() {
            switch SystemError.last {
            case .interrupted: continue
            case .wouldBlock: return nil
            case let error: throw .file(path: environment.path, reason: "it cannot be locked: \(error)")
            }
        }
        // The lock goes when the descriptor does, after the transaction in `body` has committed.
        let result = try body()
        _ = file.number
        return result
    }
}
