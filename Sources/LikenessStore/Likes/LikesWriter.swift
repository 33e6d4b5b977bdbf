import Algorithms
import LMDB
package import LikenessFormat
import Platform

/// Takes likes in, batch by batch: each batch is one short transaction, and durable when `commit()` returns.
///
/// Ids are hashed and the batch is planned outside the writer's lock. Inside it new ids get the next indices in order of first
/// appearance, rows that the store or the batch has already are left out as duplicates or become new weights, and the rest goes into
/// the log and the like index.
///
/// ```swift
/// var writer = LikesWriter(store, kind: .like)
/// try writer.add(user: user, item: item, name: nil, weight: 1, time: nil)
/// let counts = try writer.commit()
/// ```
package struct LikesWriter: ~Copyable {
    /// How many rows of a batch ended how.
    package struct Counts: Sendable, Equatable {
        package var accepted = 0
        /// Rows that gave a pair which was there another weight.
        package var updated = 0
        package var duplicates = 0
        package var lastSequence = SequenceNumber.zero
    }

    private let kind: LikeKind
    private let shape: LikeShape
    private let committer: LikesCommitter
    private var users = IdentifierRun()
    private var items = IdentifierRun()
    private var staged = StagedRows()
    private var columns: LikeColumns
    private var names = ItemNames()
    /// Batches that were not made durable yet: of `commit()` while it works, and of one that failed.
    private var held: [LikesBatch] = []
    private var running: RunningCommit?

    /// - Parameters:
    ///   - shape: the columns of every batch, whatever its rows hold, so that the log does not tell how a file was cut
    ///     into batches. Weights are among them unless the rule keeps what is there.
    ///   - rule: what happens to a pair that comes again with another weight.
    package init(_ store: Store, kind: LikeKind = .like, shape: LikeShape = [], rule: DuplicateRule = .keep) {
        self.kind = kind
        let shape = rule == .keep ? shape : shape.union(.weights)
        self.shape = shape
        columns = LikeColumns(shape)
        committer = LikesCommitter(store, kind: kind, rule: rule)
    }

    deinit { running?.thread.join() }

    /// Rows that wait for `commit()`.
    package var count: Int { columns.users.count }

    /// Adds a row. The ids must be valid: see `IdentifierError`.
    ///
    /// - Parameters:
    ///   - name: the item's name; empty or nil leaves the one it has.
    ///   - time: milliseconds since 1970-01-01 UTC.
    @inline(__always)
    package mutating func add(
        user: UnsafeRawBufferPointer, item: UnsafeRawBufferPointer, name: UnsafeRawBufferPointer?, weight: Float,
        time: Int64?
    ) {
        if staged.isFull { resolveStaged() }
        unsafe staged.append(
            user: user, userHash: users.hash(of: user), item: item, itemHash: items.hash(of: item), name: name)
        // Their places; the ordinals come when the row is resolved.
        columns.users.append(0)
        columns.items.append(0)
        if weight != 1 || columns.weights != nil { columns.setWeight(weight) }
        if time != nil || columns.times != nil { columns.setTime(time ?? LikeColumns.noTime) }
    }

    private mutating func resolveStaged() {
        staged.resolve(&users, &items, into: &columns, &names)
    }

    /// Makes the rows durable.
    ///
    /// - Throws: `StoreError`; then nothing of the batch is kept in the store, and the batch can be committed again.
    /// - Complexity: O(rows + likes of the users that the rows name); besides, where pairs come again and their weights count, O(events
    ///   after the histories that were laid down).
    package mutating func commit() throws(StoreError) -> Counts {
        var counts = try settle()
        held.append(takeBatch())
        while let batch = held.first {
            counts.add(try committer.commit(batch))
            held.removeFirst()
        }
        return counts
    }

    /// Makes the rows durable on another thread, while further ones are added. Waits for those of the call before.
    ///
    /// - Returns: what became of rows that are durable now, which the rows of this call are not yet: `commit()` counts them at the latest.
    /// - Throws: `StoreError` of the call before; then its batch can be committed again.
    package mutating func commitAlongside() throws(StoreError) -> Counts {
        let counts = try settle()
        let batch = takeBatch()
        running = held.isEmpty ? RunningCommit(batch, by: committer) : nil
        if running == nil { held.append(batch) }
        return counts
    }

    /// Waits for the other thread, if it has work.
    private mutating func settle() throws(StoreError) -> Counts {
        guard let running else { return Counts() }
        self.running = nil
        running.thread.join()
        do {
            return try running.result.get()
        } catch {
            held.insert(running.batch, at: 0)
            throw error
        }
    }

    private mutating func takeBatch() -> LikesBatch {
        resolveStaged()
        if kind == .dislike { columns.kinds = [UInt8](repeating: kind.rawValue, count: count) }
        let batch = LikesBatch(columns: columns, users: users.takeAdded(), items: items.takeAdded(), names: names.takeBatch())
        columns = LikeColumns(shape)
        return batch
    }
}

extension LikesWriter.Counts {
    fileprivate mutating func add(_ later: LikesWriter.Counts) {
        accepted += later.accepted
        updated += later.updated
        duplicates += later.duplicates
        lastSequence = max(lastSequence, later.lastSequence)
    }
}

/// Rows that become durable together, with what the run met first in them.
struct LikesBatch: Sendable {
    /// Ordinals of users and items, and what else the rows hold.
    let columns: LikeColumns
    let users: IdentifierList
    let items: IdentifierList
    let names: ItemNames.Batch
}

/// A batch that another thread makes durable.
private final class RunningCommit: @unchecked Sendable {
    let batch: LikesBatch
    private let box: Box
    let thread: SystemThread

    /// What the thread writes before it ends, and others read after they have waited for it.
    private final class Box: @unchecked Sendable {
        var result: Result<LikesWriter.Counts, StoreError>?
    }

    /// Nil if the system starts no thread.
    init?(_ batch: LikesBatch, by committer: LikesCommitter) {
        self.batch = batch
        let box = Box()
        self.box = box
        let thread = SystemThread {
            do throws(StoreError) {
                box.result = .success(try committer.commit(batch))
            } catch {
                box.result = .failure(error)
            }
        }
        guard let thread else { return nil }
        self.thread = thread
    }

    /// What it came to, once the thread has been waited for.
    var result: Result<LikesWriter.Counts, StoreError> {
        box.result ?? .failure(.storage("the thread that writes ended without a result", isOutOfSpace: false))
    }
}

/// Makes batches of likes durable, one after the other, by one thread at a time.
final class LikesCommitter: @unchecked Sendable {
    private let store: Store
    private let kind: LikeKind
    private let rule: DuplicateRule
    private var userRun: VocabularyRun
    private var itemRun: VocabularyRun
    private var watch = ForgetWatch()

    init(_ store: Store, kind: LikeKind, rule: DuplicateRule) {
        self.store = store
        self.kind = kind
        self.rule = rule
        userRun = VocabularyRun(Vocabulary(.user, in: store.tables))
        itemRun = VocabularyRun(Vocabulary(.item, in: store.tables))
    }

    /// Makes a batch durable; its ordinals go on where those of the batch before ended.
    ///
    /// - Throws: `StoreError`; then nothing of the batch is kept in the store.
    func commit(_ pending: LikesBatch) throws(StoreError) -> LikesWriter.Counts {
        try store.requireWritable()
        let (newUsers, newItems) = (pending.users, pending.items)
        var watch = watch
        var (userPlan, itemPlan) = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try watch.look(store.tables, in: transaction)
            return (try userRun.plan(newUsers, in: transaction), try itemRun.plan(newItems, in: transaction))
        }
        var batch = resolve(pending.columns, userPlan, itemPlan)
        var rows = GroupedRows(first: batch.users, second: batch.items)
        let counts = try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            try watch.look(store.tables, in: transaction)
            let usersHold = try userRun.holds(userPlan, in: transaction)
            let itemsHold = try itemRun.holds(itemPlan, in: transaction)
            if !usersHold || !itemsHold {
                // Another process added ids in between.
                userPlan = try userRun.plan(newUsers, in: transaction)
                itemPlan = try itemRun.plan(newItems, in: transaction)
                batch = resolve(pending.columns, userPlan, itemPlan)
                rows = GroupedRows(first: batch.users, second: batch.items)
            }
            try userRun.write(userPlan, newUsers, in: &transaction)
            try itemRun.write(itemPlan, newItems, in: &transaction)
            var totals = try LikesIndex(store.tables).counts(in: transaction)
            var placed = try LikesCommitter.index(
                rows, count: batch.count, kind: kind, collectsRepeats: rule != .keep, store.tables, in: &transaction)
            var likes = batch
            let updated = try reweigh(&likes, rows, &placed, in: transaction)
            let isKept = placed.accepted
            if !isKept.allSatisfy(\.self) { likes.keep { isKept[$0] } }
            let log = LikesLog(store.tables)
            let last =
                likes.count > 0
                ? try log.append(likes, in: &transaction) : try log.lastSequence(in: transaction)
            totals.add(likes.count - updated, removing: placed.removed, kind)
            try transaction.put(totals.bytes, at: "opinions", in: store.tables.meta)
            try pending.names.write(itemRun, itemPlan, store.tables, in: &transaction)
            return LikesWriter.Counts(
                accepted: likes.count - updated, updated: updated, duplicates: batch.count - likes.count, lastSequence: last)
        }
        self.watch = watch
        userRun.keep(userPlan)
        itemRun.keep(itemPlan)
        return counts
    }

    /// Gives rows of pairs that come again the weight that their pair has with them, and accepts those that change it.
    ///
    /// Each row is an event of its own, so that the log does not tell how the rows were cut into batches.
    /// - Returns: how many rows changed a weight.
    private func reweigh(
        _ likes: inout LikeColumns, _ rows: GroupedRows, _ placed: inout Placed, in transaction: borrowing Writing
    ) throws(StoreError) -> Int {
        if placed.repeats.isEmpty { return 0 }
        let stored = placed.repeats.filter(\.isStored).map(\.pair)
        let found = try LikesLog(store.tables).weights(of: stored, store.tables, in: transaction)
        var weights = likes.weights ?? [Float](repeating: 1, count: likes.count)
        var (next, updated) = (0, 0)
        for again in placed.repeats {
            var entries = rows.entries[again.entries]
            var weight: Float
            if again.isStored {
                weight = found[next]
                next += 1
            } else {
                weight = weights[Int(truncatingIfNeeded: entries.removeFirst() & 0xFFFF_FFFF)]
            }
            for entry in entries {
                let row = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
                let changed = rule.weight(weight, again: weights[row])
                if changed == weight { continue }
                weight = changed
                weights[row] = changed
                placed.accepted[row] = true
                updated += 1
            }
        }
        likes.weights = weights
        return updated
    }

    /// The batch with indices in place of ordinals.
    private func resolve(
        _ columns: LikeColumns, _ userPlan: VocabularyRun.Plan, _ itemPlan: VocabularyRun.Plan
    ) -> LikeColumns {
        var batch = columns
        for row in batch.users.indices {
            batch.users[row] = userRun.index(of: batch.users[row], userPlan)
            batch.items[row] = itemRun.index(of: batch.items[row], itemPlan)
        }
        return batch
    }

    /// Rows of one pair that is there already, or comes more than once.
    private struct Repeat {
        let pair: UInt64
        /// Where its rows are in the entries of the grouped rows.
        let entries: Range<Int>
        /// Whether the store had the pair.
        let isStored: Bool
    }

    /// What the like index made of rows.
    private struct Placed {
        /// Which rows are new to it.
        var accepted: [Bool]
        /// How many pairs left the other index.
        var removed = 0
        /// Pairs that come again, ascending, if they are asked for.
        var repeats: [Repeat] = []
    }

    /// Puts rows into the like index of their kind and takes them out of the other's.
    private static func index(
        _ rows: GroupedRows, count: Int, kind: LikeKind, collectsRepeats: Bool, _ tables: StoreTables, in transaction: inout Writing
    ) throws(StoreError) -> Placed {
        var placed = Placed(accepted: [Bool](repeating: false, count: count))
        var own = try AscendingPuts(kind == .like ? tables.likesByUser : tables.dislikesByUser, in: transaction)
        var other = try AscendingPuts(kind == .like ? tables.dislikesByUser : tables.likesByUser, in: transaction)
        var (before, merged, opposite): ([UInt32], [UInt32], [UInt32]) = ([], [], [])
        var start = 0
        for group in rows.groups {
            let entries = rows.entries[start..<group.end]
            start = group.end
            before.removeAll(keepingCapacity: true)
            if own.mayHold(group.first) {
                try LikesIndex(tables).read(group.first, from: own.table, into: &before, in: transaction)
            }
            if collectsRepeats { collect(group.first, entries, before, into: &placed.repeats) }
            let added = merge(before, entries, into: &merged, accepted: &placed.accepted)
            if added == 0 { continue }
            try own.put(merged, at: group.first, in: &transaction)
            if other.mayHold(group.first) {
                try LikesIndex(tables).read(group.first, from: other.table, into: &opposite, in: transaction)
                let left = opposite.filter { item in !contains(merged, item) }
                placed.removed += opposite.count - left.count
                if left.count < opposite.count { try other.put(left, at: group.first, in: &transaction) }
            }
        }
        return placed
    }

    /// Notes the pairs of a user that are in the sorted list or come more than once.
    private static func collect(_ user: UInt32, _ entries: ArraySlice<UInt64>, _ before: [UInt32], into repeats: inout [Repeat]) {
        var start = entries.startIndex
        while start < entries.endIndex {
            let item = UInt32(truncatingIfNeeded: entries[start] >> 32)
            var end = start + 1
            while end < entries.endIndex, UInt32(truncatingIfNeeded: entries[end] >> 32) == item { end += 1 }
            let isStored = contains(before, item)
            if isStored || end > start + 1 {
                repeats.append(Repeat(pair: UInt64(user) << 32 | UInt64(item), entries: start..<end, isStored: isStored))
            }
            start = end
        }
    }

    /// Merges sorted entries into a sorted list; marks those that were not in it, each item once.
    private static func merge(
        _ before: [UInt32], _ entries: ArraySlice<UInt64>, into merged: inout [UInt32], accepted: inout [Bool]
    ) -> Int {
        merged.removeAll(keepingCapacity: true)
        var position = 0
        var added = 0
        var last: UInt32?
        for entry in entries {
            let item = UInt32(truncatingIfNeeded: entry >> 32)
            if item == last { continue }
            while position < before.count, before[position] < item {
                merged.append(before[position])
                position += 1
            }
            last = item
            if position < before.count, before[position] == item { continue }
            merged.append(item)
            accepted[Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)] = true
            added += 1
        }
        merged.append(contentsOf: before[position...])
        return added
    }

    static func contains(_ sorted: [UInt32], _ item: UInt32) -> Bool {
        let place = sorted.partitioningIndex { $0 >= item }
        return place < sorted.count && sorted[place] == item
    }
}
