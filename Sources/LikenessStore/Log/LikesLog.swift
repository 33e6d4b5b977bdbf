package import LMDB
package import LikenessFormat

/// The append-only sequence of accepted events, in chunks. Every event has a sequence number, from 1 without gaps.
///
/// ```swift
/// let log = LikesLog(store.tables)
/// let likes = try log.likes(after: watermark, in: transaction)
/// ```
package struct LikesLog: Sendable {
    let table: Table
    private let users: Vocabulary
    private let items: Vocabulary
    private let index: LikesIndex

    /// The log of a store.
    package init(_ tables: StoreTables) {
        table = tables.log
        users = Vocabulary(.user, in: tables)
        items = Vocabulary(.item, in: tables)
        index = LikesIndex(tables)
    }

    /// The last event's sequence number, or zero.
    ///
    /// - Complexity: O(log n).
    package func lastSequence<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> SequenceNumber where Reader.Failure == StoreError {
        var cursor = try reader.cursor(in: table)
        guard try cursor.move(to: .last) else { return .zero }
        return try header(cursor.value, key: cursor.key).last
    }

    /// Calls `body` with runs of events, in order, and the sequence number of the first of each.
    ///
    /// - Parameters:
    ///   - after: the first run starts behind this number.
    ///   - through: the last run ends with this number at the latest; nil reads to the end.
    ///   - wanted: asked for each chunk whether it is to be read.
    /// - Throws: `StoreError.damaged` for bytes that are not what was written, or a gap.
    /// - Complexity: O(events in the chunks that the range touches); one chunk in memory at a time.
    package func forEachRun<Reader: TableReader & ~Copyable>(
        after: SequenceNumber = .zero, through: SequenceNumber? = nil, in reader: borrowing Reader, wanted: () -> Bool = { true },
        _ body: (SequenceNumber, LikeColumns) throws(StoreError) -> Void
    ) throws(StoreError) where Reader.Failure == StoreError {
        let last = through?.rawValue ?? .max
        guard after.rawValue < last, after.rawValue < .max else { return }
        let lengths = (users: try users.length(in: reader), items: try items.length(in: reader))
        var cursor = try reader.cursor(in: table)
        var expected: UInt64?
        var more = try cursor.move(toLastNotGreaterThan: after.rawValue + 1)
        while more {
            let header = try header(cursor.value, key: cursor.key)
            let first = header.first.rawValue
            if let expected, first != expected {
                throw .damaged(
                    table: table.name, key: first.printedKey, reason: "the chunk should start at \(expected)")
            }
            if first > last { return }
            expected = header.last.rawValue + 1
            let from = max(first, after.rawValue + 1)
            let to = min(header.last.rawValue, last)
            if from <= to, wanted() {
                let columns = try columns(cursor.value, header, key: cursor.key, lengths)
                let isWhole = from == first && to == header.last.rawValue
                try body(
                    SequenceNumber(rawValue: from),
                    isWhole ? columns : columns.slice(Int(from - first)..<Int(to - first) + 1))
                reader.releasePages(of: cursor.value)
            }
            more = try cursor.move(to: .next)
        }
    }

    /// How many events there are, and the columns that any of them has.
    ///
    /// - Complexity: O(chunks): their headers are looked at.
    package func extent<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> (events: Int, shape: LikeShape) where Reader.Failure == StoreError {
        var (events, shape) = (0, LikeShape())
        var cursor = try reader.cursor(in: table)
        var more = try cursor.move(to: .first)
        while more {
            let header = try header(cursor.value, key: cursor.key)
            events += header.count
            shape.formUnion(header.shape)
            reader.releasePages(of: cursor.value)
            more = try cursor.move(to: .next)
        }
        return (events, shape)
    }

    /// Says that the log will not be read again soon, so that none of its pages counts as this process's memory.
    ///
    /// Runs are released as they are read, but the kernel maps pages that lie before one that is touched, so that some are back.
    /// - Complexity: O(chunks): none is touched.
    package func releasePages<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) where Reader.Failure == StoreError {
        var cursor = try reader.cursor(in: table)
        var more = try cursor.move(to: .first)
        while more {
            reader.releasePages(of: cursor.value)
            more = try cursor.move(to: .next)
        }
    }

    /// The events behind `after`, up to and with `through`, as they were accepted.
    ///
    /// - Parameter readsTimes: false leaves out when they were told.
    /// - Complexity: O(events), all in memory.
    package func events<Reader: TableReader & ~Copyable>(
        after: SequenceNumber = .zero, through: SequenceNumber? = nil, readsTimes: Bool = true, in reader: borrowing Reader
    ) throws(StoreError) -> LikeColumns where Reader.Failure == StoreError {
        var all = LikeColumns()
        let last = min(through?.rawValue ?? .max, try lastSequence(in: reader).rawValue)
        if last > after.rawValue { all.reserveCapacity(Int(last - after.rawValue)) }
        try forEachRun(after: after, through: through, in: reader) { _, columns throws(StoreError) in
            if readsTimes || columns.times == nil {
                all.append(columns)
            } else {
                var columns = columns
                columns.times = nil
                all.append(columns)
            }
        }
        return all
    }

    /// What the users think as of `through`, told behind `after`: each pair of user and item once, a like or a dislike as the last
    /// event of that range says, with its weight and time, in the order of these last events. `kinds` is nil if all are likes.
    ///
    /// - Parameters:
    ///   - readsTimes: false leaves out when they were told.
    ///   - withTakenBack: also gives the pairs whose opinion was taken back, as events of that kind.
    /// - Complexity: O(events), all in memory; a set of pairs besides if a pair may have several events.
    package func opinions<Reader: TableReader & ~Copyable>(
        after: SequenceNumber = .zero, through: SequenceNumber? = nil, readsTimes: Bool = true, withTakenBack: Bool = false,
        in reader: borrowing Reader
    ) throws(StoreError) -> LikeColumns where Reader.Failure == StoreError {
        var events = try events(after: after, through: through, readsTimes: readsTimes, in: reader)
        if let kinds = events.kinds {
            let erased = EventKind.erased.rawValue
            if kinds.contains(erased) { events.keep { kinds[$0] != erased } }
            if events.kinds?.allSatisfy({ $0 == LikeKind.like.rawValue }) ?? true { events.kinds = nil }
        }
        var mayRepeat = events.kinds != nil
        if !mayRepeat, events.weights != nil { mayRepeat = try hasRepeatedPairs(in: reader) }
        if !mayRepeat { return events }
        var decided: Set<UInt64> = []
        var isLast = [Bool](repeating: false, count: events.count)
        for row in isLast.indices.reversed() {
            isLast[row] = decided.insert(UInt64(events.users[row]) << 32 | UInt64(events.items[row])).inserted
        }
        let kinds = events.kinds
        events.keep { isLast[$0] && (withTakenBack || kinds?[$0].isOpinion ?? true) }
        if events.kinds?.allSatisfy({ $0 == LikeKind.like.rawValue }) ?? true { events.kinds = nil }
        return events
    }

    /// Whether a pair of user and item may have several events: where there are more events than opinions in force.
    ///
    /// - Complexity: O(log n).
    package func hasRepeatedPairs<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> Bool where Reader.Failure == StoreError {
        let counts = try index.counts(in: reader)
        return try lastSequence(in: reader).rawValue != counts.likes + counts.dislikes
    }

    /// Appends events, filling up the last chunk if it has the same columns, so that the chunks do not tell how many batches
    /// the events came in.
    ///
    /// - Returns: The last event's sequence number.
    func append(_ events: LikeColumns, in transaction: inout Writing) throws(StoreError) -> SequenceNumber {
        var next: UInt64 = 1
        var done = 0
        if let last = try lastChunk(in: transaction) {
            next = last.header.last.rawValue + 1
            if last.header.shape == events.shape, last.header.count < LogChunk.capacity, events.count > 0 {
                done = min(LogChunk.capacity - last.header.count, events.count)
                var columns = last.columns
                columns.append(events.slice(0..<done))
                try transaction.put(
                    LogChunk.encode(columns, first: last.header.first), at: last.header.first.rawValue, in: table)
            }
        }
        while done < events.count {
            let count = min(LogChunk.capacity, events.count - done)
            let first = next + UInt64(done)
            let value = LogChunk.encode(
                events.slice(done..<done + count), first: SequenceNumber(rawValue: first))
            try transaction.put(value, at: first, in: table)
            done += count
        }
        return SequenceNumber(rawValue: next + UInt64(events.count) - 1)
    }

    private func lastChunk(
        in transaction: borrowing Writing
    ) throws(StoreError) -> (header: LogChunk.Header, columns: LikeColumns)? {
        var cursor = try transaction.cursor(in: table)
        guard try cursor.move(to: .last) else { return nil }
        let header = try header(cursor.value, key: cursor.key)
        let lengths = (users: try users.length(in: transaction), items: try items.length(in: transaction))
        return (header, try columns(cursor.value, header, key: cursor.key, lengths))
    }

    func header(_ value: RawSpan, key: RawSpan) throws(StoreError) -> LogChunk.Header {
        try StoreError.parsing(table.name, key.copied.printedKey, try LogChunk.header(value, key: key))
    }

    func columns(
        _ value: RawSpan, _ header: LogChunk.Header, key: RawSpan, _ lengths: (users: UInt32, items: UInt32)
    ) throws(StoreError) -> LikeColumns {
        try StoreError.parsing(
            table.name, key.copied.printedKey,
            try LogChunk.columns(value, header, users: lengths.users, items: lengths.items))
    }
}
