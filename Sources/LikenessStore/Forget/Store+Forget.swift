package import LMDB
package import LikenessFormat

/// What a forget came to, or would.
public struct ForgetReport: Sendable, Codable, Equatable {
    /// Users that were forgotten; those of a forget that was cut off count with it.
    public var users = 0
    /// Items that were forgotten, likewise.
    public var items = 0
    /// Ids that the store does not have.
    public var unknown: [String] = []
    /// Events of the log that were erased.
    public var events = 0
    /// Versions that have changed, and so have another root hash.
    public var versions: [UInt64] = []
    /// Indexes for approximate search that were removed with rows of their kind.
    public var indexes = 0
    /// Whether a forget that was cut off was brought to its end.
    public var isContinued = false
    /// Whether nothing of what is gone is left in the unused space of the store's file.
    public var isFileClear = true
    /// Processes that read the store as it was: as long as they do, their pages stay in the file.
    public var readers: [Int] = []
    /// Whether nothing was changed.
    public var isDryRun = false
}

extension Store {
    /// Forgets users and items: their ids, likes, dislikes, names and features, what every version learned of them, and all that the file still holds of
    /// these in its unused space.
    ///
    /// Their rows keep their numbers, so that versions stay readable; ids that come again get new ones. Versions that have such rows get another
    /// root hash, and their notes say why. What others have learned from the forgotten stays: labels of features, embeddings of the items that a user
    /// liked, and counts. Packs, backups and remotes that were made before are files of their own and stay as they are.
    ///
    /// ```swift
    /// let report = try store.forget(users: ["u17"])
    /// ```
    /// A process that has written the store before and goes on may bring bytes back in unused space of pages; a call without ids clears it again.
    ///
    /// It writes in bounded transactions, but for ids, which are written anew in one. Killed in between, it is brought to its end by the next one, also by
    /// one without any id; until then nothing is published.
    /// - Parameters:
    ///   - users: ids of users.
    ///   - items: ids of items.
    /// - Throws: `StoreError`; what was forgotten until then stays forgotten.
    /// - Complexity: O(events + likes + ids + rows × matrices of all versions + pages of the file).
    @discardableResult
    public func forget(users: [String] = [], items: [String] = []) throws(StoreError) -> ForgetReport {
        try requireWritable()
        var report = ForgetReport()
        let forgetting = try removeIds(users, items, &report)
        (report.users, report.items) = (forgetting.users.count, forgetting.items.count)
        if !forgetting.isEmpty {
            try eraseVersions(forgetting, &report)
            try eraseLikes(forgetting, &report)
            let swept = try Sweep(store: self).run { _, _ in }
            if swept.isHeldUp {
                throw .file(
                    path: environment.path,
                    reason:
                        "a version is being published, so blocks of what is forgotten cannot be removed. Run `likeness forget` again when it is there"
                )
            }
        }
        try rewriteIndices(forgetting)
        if !forgetting.isEmpty {
            // Before the record goes that says what is left to do, and once more after the last commit.
            _ = try clearFile()
            try finishForgetting()
            try refreshHistories()
        }
        report.isFileClear = try clearFile()
        if !report.isFileClear {
            report.readers = environment.readers.filter { $0.transaction < environment.lastTransaction }.map(\.process)
        }
        return report
    }

    /// Puts what stands for forgotten ids in their places, and writes down what is to go.
    private func removeIds(_ users: [String], _ items: [String], _ report: inout ForgetReport) throws(StoreError) -> Forgetting {
        let tables = tables
        let (forgetting, unknown, isContinued) = try environment.write { (transaction: inout Writing) throws(StoreError) in
            let pending = try Forgetting.read(tables, in: transaction) ?? Forgetting()
            var (forgetting, unknown) = (pending, [String]())
            for (kind, ids) in [(RowKind.user, users), (.item, items)] {
                let vocabulary = Vocabulary(kind, in: tables)
                var rows = Set(forgetting[kind])
                for id in ids {
                    guard !id.hasPrefix(Identifier.forgottenPrefix), let row = try vocabulary.index(of: id, in: transaction) else {
                        unknown.append(id)
                        continue
                    }
                    rows.insert(row)
                    try transaction.delete(Array(id.utf8), in: vocabulary.indices)
                    let stand = Array(Identifier.forgotten(row).utf8)
                    var number: [UInt8] = []
                    number.append(littleEndian: row)
                    try transaction.put(number, at: stand, in: vocabulary.indices)
                    try transaction.put(stand, at: row, in: vocabulary.ids)
                }
                forgetting[kind] = rows.sorted()
            }
            if !forgetting.isEmpty {
                let record = try SealedJSON.seal(forgetting, table: "meta", key: Forgetting.key)
                try transaction.put(record, at: Forgetting.key, in: tables.meta)
            }
            return (forgetting, unknown, !pending.isEmpty)
        }
        (report.unknown, report.isContinued) = (unknown, isContinued)
        return forgetting
    }

    /// Writes the tables that lead from ids to rows anew: their branches may hold ids that are in no leaf any more.
    private func rewriteIndices(_ forgetting: Forgetting) throws(StoreError) {
        for kind in [RowKind.user, .item] where !forgetting[kind].isEmpty {
            let table = Vocabulary(kind, in: tables).indices
            try environment.write { (transaction: inout Writing) throws(StoreError) in
                var (keys, ends, rows): ([UInt8], [Int], [[UInt8]]) = ([], [], [])
                do {
                    var cursor = try transaction.cursor(in: table)
                    var isThere = try cursor.move(to: .first)
                    while isThere {
                        keys += cursor.key.copied
                        ends.append(keys.count)
                        rows.append(cursor.value.copied)
                        isThere = try cursor.move(to: .next)
                    }
                }
                try transaction.removeAll(in: table)
                var start = 0
                for (end, row) in zip(ends, rows) {
                    try transaction.put(row, at: Array(keys[start..<end]), in: table, mode: .appending)
                    start = end
                }
            }
        }
    }

    /// Overwrites what the file holds of deleted records.
    private func clearFile() throws(StoreError) -> Bool {
        do { return try environment.clearUnusedSpace() } catch { throw StoreError(error) }
    }

    /// Ends the forget by an event, so that what was made of earlier ones can be told from what was made since.
    private func finishForgetting() throws(StoreError) {
        let tables = tables
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            var marker = LikeColumns()
            (marker.users, marker.items, marker.kinds) = ([0], [0], [EventKind.erased.rawValue])
            // An event names a user and an item; where there is none of either there is no version to tell apart.
            let users = try Vocabulary(.user, in: tables).length(in: transaction)
            let items = try Vocabulary(.item, in: tables).length(in: transaction)
            let log = LikesLog(tables)
            let sequence = users > 0 && items > 0 ? try log.append(marker, in: &transaction) : try log.lastSequence(in: transaction)
            if sequence > .zero {
                let record = try SealedJSON.seal(Forgotten(sequence: sequence), table: "meta", key: Forgotten.key)
                try transaction.put(record, at: Forgotten.key, in: tables.meta)
            }
            try transaction.delete(Forgetting.key, in: tables.meta)
        }
    }
}

extension StoreReader {
    /// What ``Store/forget(users:items:)`` would forget now. Nothing is changed.
    ///
    /// - Parameters:
    ///   - users: ids of users.
    ///   - items: ids of items.
    /// - Complexity: O(events + versions).
    public func forgetPreview(users: [String] = [], items: [String] = []) throws(StoreError) -> ForgetReport {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var report = ForgetReport()
            report.isDryRun = true
            var forgetting = try Forgetting.read(tables, in: transaction) ?? Forgetting()
            report.isContinued = !forgetting.isEmpty
            for (kind, ids) in [(RowKind.user, users), (.item, items)] {
                var rows = Set(forgetting[kind])
                for id in ids {
                    if let row = try Vocabulary(kind, in: tables).index(of: id, in: transaction) {
                        rows.insert(row)
                    } else {
                        report.unknown.append(id)
                    }
                }
                forgetting[kind] = rows.sorted()
            }
            (report.users, report.items) = (forgetting.users.count, forgetting.items.count)
            if forgetting.isEmpty { return report }
            let concerned = try LikesLog(tables).events(of: forgetting, tables, in: transaction)
            report.events = concerned.count
            for manifest in try catalog.manifests(in: transaction)
            where try ForgottenRows(self, forgetting).areIn(manifest, in: transaction) {
                report.versions.append(manifest.version.rawValue)
            }
            return report
        }
    }
}

extension Forgetting {
    static let key = "forgetting"

    /// What is being forgotten; nil for nothing.
    static func read<Reader: TableReader & ~Copyable>(
        _ tables: StoreTables, in reader: borrowing Reader
    ) throws(StoreError) -> Forgetting? where Reader.Failure == StoreError {
        let users = try Vocabulary(.user, in: tables).length(in: reader)
        let items = try Vocabulary(.item, in: tables).length(in: reader)
        guard let record = try reader.get(key, in: tables.meta) else { return nil }
        return try StoreError.parsing("meta", key, try Forgetting.parse(record, users: users, items: items))
    }
}

extension Forgotten {
    static let key = "forgotten"

    /// When something was forgotten last; nil for never.
    package static func read<Reader: TableReader & ~Copyable>(
        _ tables: StoreTables, in reader: borrowing Reader
    ) throws(StoreError) -> Forgotten? where Reader.Failure == StoreError {
        guard let record = try reader.get(key, in: tables.meta) else { return nil }
        return try StoreError.parsing("meta", key, try Forgotten.parse(record))
    }
}
