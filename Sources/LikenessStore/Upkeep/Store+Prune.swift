import LMDB
public import LikenessFormat

/// What a prune kept and removed, or would.
public struct PruneReport: Sendable, Equatable {
    /// The versions that stay, with the reasons.
    public var kept: [(version: Version, reasons: [RetentionPolicy.Reason])] = []
    /// The versions that went.
    public var removed: [Version] = []
    /// Blocks that no version leads to any more, which were removed; those of publications that were cut off count too.
    public var blocks = 0
    /// Their bytes. The file does not shrink: what is written next takes their place.
    public var bytes = 0
    /// Whether blocks were left for the next prune because a version is being published.
    public var isHeldUpByPublication = false
    /// Processes that still read the store as it was: their pages become free when they are done.
    public var readers: [Int] = []
    /// Whether nothing was changed.
    public var isDryRun = false

    /// Equal in every part.
    public static func == (left: PruneReport, right: PruneReport) -> Bool {
        left.kept.map(\.version) == right.kept.map(\.version) && left.kept.map(\.reasons) == right.kept.map(\.reasons)
            && left.removed == right.removed && left.blocks == right.blocks && left.bytes == right.bytes
            && left.isHeldUpByPublication == right.isHeldUpByPublication && left.readers == right.readers
            && left.isDryRun == right.isDryRun
    }
}

extension Store {
    /// Removes the versions that a policy does not keep, and every block that no version leads to.
    ///
    /// It runs beside everything else: readers go on with what they see, and a version that is being published keeps all blocks until it is
    /// there. It can be cut off at any moment and run again. Histories of aliases stay; rolling back to a version that is gone is an error.
    ///
    /// - Parameter progress: called with the blocks removed so far, and how many there are to remove.
    /// - Throws: `StoreError`; what was removed until then stays removed.
    /// - Complexity: O(versions + blocks); bounded transactions.
    @discardableResult
    public func prune(
        _ policy: RetentionPolicy = RetentionPolicy(), progress: (Int, Int) -> Void = { _, _ in }
    ) throws(StoreError) -> PruneReport {
        let tables = tables
        // Decided under the writer's lock, so that no alias moves to a version while it goes.
        var report = try environment.write { (transaction: inout Writing) throws(StoreError) in
            let report = try decide(policy, in: transaction)
            for version in report.removed {
                try transaction.delete(version.rawValue, in: tables.versions)
                try transaction.delete(version.rawValue, in: tables.annotations)
                try SearchIndexes(tables).remove(version, in: &transaction)
            }
            return report
        }
        let swept = try Sweep(store: self).run(progress: progress)
        (report.blocks, report.bytes, report.isHeldUpByPublication) = swept
        report.readers = environment.readers.filter { $0.transaction < environment.lastTransaction }.map(\.process)
        return report
    }
}

extension StoreReader {
    /// What ``Store/prune(_:progress:)`` would remove now. Nothing is changed.
    ///
    /// - Complexity: O(versions + blocks).
    public func prunePreview(_ policy: RetentionPolicy = RetentionPolicy()) throws(StoreError) -> PruneReport {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var report = try decide(policy, in: transaction)
            let garbage = try Sweep(store: self).garbage(without: Set(report.removed), in: transaction)
            (report.blocks, report.bytes, report.isDryRun) = (garbage.blocks.count, garbage.byteCount, true)
            return report
        }
    }

    /// The versions that a policy keeps.
    package func versions(keptBy policy: RetentionPolicy, in transaction: borrowing Reading) throws(StoreError) -> Set<Version> {
        Set(try decide(policy, in: transaction).kept.map(\.version))
    }

    fileprivate func decide<Transaction: TableReader & ~Copyable>(
        _ policy: RetentionPolicy, in transaction: borrowing Transaction
    ) throws(StoreError) -> PruneReport where Transaction.Failure == StoreError {
        let versions = try catalog.manifests(in: transaction).map { (version: $0.version, created: $0.created) }
        var aliases: [(alias: Alias, moves: [AliasMove])] = []
        for alias in try catalog.aliases(in: transaction) {
            aliases.append((alias, try catalog.history(of: alias.name, in: transaction)))
        }
        let reasons = policy.reasons(for: versions, aliases: aliases)
        var report = PruneReport()
        for (version, _) in versions {
            if let why = reasons[version], !why.isEmpty {
                report.kept.append((version, why))
            } else {
                report.removed.append(version)
            }
        }
        return report
    }
}
