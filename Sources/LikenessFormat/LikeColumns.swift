/// Events of the log as plain columns of equal length, in order of acceptance.
package struct LikeColumns: Sendable, Equatable {
    /// User indices.
    package var users: [UInt32] = []
    /// Item indices.
    package var items: [UInt32] = []
    /// Weights, or nil if every weight is 1.
    package var weights: [Float]?
    /// Milliseconds since 1970-01-01 UTC, or nil if no event has a time; `noTime` where one has none.
    package var times: [Int64]?
    /// Kinds by their raw values, or nil if every event is a like.
    package var kinds: [UInt8]?

    /// The time of an event without one.
    package static let noTime = Int64.min

    /// No events.
    package init() {}

    /// No events, and the columns of a shape.
    package init(_ shape: LikeShape) {
        if shape.contains(.weights) { weights = [] }
        if shape.contains(.times) { times = [] }
        if shape.contains(.kinds) { kinds = [] }
    }

    /// How many events there are.
    package var count: Int { users.count }

    /// Which columns are there besides users and items.
    package var shape: LikeShape {
        var shape = LikeShape()
        if weights != nil { shape.insert(.weights) }
        if times != nil { shape.insert(.times) }
        if kinds != nil { shape.insert(.kinds) }
        return shape
    }

    /// Makes room for so many events.
    package mutating func reserveCapacity(_ count: Int) {
        users.reserveCapacity(count)
        items.reserveCapacity(count)
    }

    /// Appends events; a column that only one side has is filled with what its absence means.
    package mutating func append(_ other: LikeColumns) {
        let before = count
        users += other.users
        items += other.items
        let capacity = users.capacity
        LikeColumns.append(other.weights, other.count, to: &weights, before: before, absent: 1, capacity)
        LikeColumns.append(other.times, other.count, to: &times, before: before, absent: LikeColumns.noTime, capacity)
        LikeColumns.append(other.kinds, other.count, to: &kinds, before: before, absent: LikeKind.like.rawValue, capacity)
    }

    /// - Parameter capacity: what a column that is begun makes room for.
    private static func append<Value>(
        _ other: [Value]?, _ count: Int, to column: inout [Value]?, before: Int, absent: Value, _ capacity: Int
    ) {
        if column == nil && other == nil { return }
        var values = column ?? []
        column = nil  // Not copied: there is one owner.
        if values.isEmpty {
            values.reserveCapacity(capacity)
            values += repeatElement(absent, count: before)
        }
        if let other { values += other } else { values += repeatElement(absent, count: count) }
        column = values
    }

    /// Gives the row that was appended last its weight.
    package mutating func setWeight(_ weight: Float) {
        var column = weights ?? []
        weights = nil  // Not copied: there is one owner.
        column.append(contentsOf: repeatElement(1, count: users.count - 1 - column.count))
        column.append(weight)
        weights = column
    }

    /// Gives the row that was appended last its time.
    package mutating func setTime(_ time: Int64) {
        var column = times ?? []
        times = nil
        column.append(contentsOf: repeatElement(LikeColumns.noTime, count: users.count - 1 - column.count))
        column.append(time)
        times = column
    }

    /// Removes the events that are not wanted, in place. Asks once for each event, in order.
    package mutating func keep(_ isWanted: (Int) -> Bool) {
        let isKept = users.indices.map(isWanted)
        LikeColumns.keep(isKept, in: &users)
        LikeColumns.keep(isKept, in: &items)
        if weights != nil { LikeColumns.keep(isKept, in: &weights!) }
        if times != nil { LikeColumns.keep(isKept, in: &times!) }
        if kinds != nil { LikeColumns.keep(isKept, in: &kinds!) }
    }

    private static func keep<Value>(_ isKept: [Bool], in column: inout [Value]) {
        var count = 0
        for row in column.indices where isKept[row] {
            column[count] = column[row]
            count += 1
        }
        column.removeSubrange(count...)
    }

    /// The events at `range`.
    package func slice(_ range: Range<Int>) -> LikeColumns {
        var part = LikeColumns()
        part.users = Array(users[range])
        part.items = Array(items[range])
        part.weights = weights.map { Array($0[range]) }
        part.times = times.map { Array($0[range]) }
        part.kinds = kinds.map { Array($0[range]) }
        return part
    }
}

/// Which columns a run of events has besides users and items. The raw value is format: a chunk's flags.
package struct LikeShape: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Each event has a weight.
    package static let weights = LikeShape(rawValue: 1)
    /// Each event may have a time.
    package static let times = LikeShape(rawValue: 2)
    /// Each event has a kind; without this column all are likes.
    package static let kinds = LikeShape(rawValue: 4)

    package static let known: LikeShape = [.weights, .times, .kinds]

    /// Bytes of one event in a chunk.
    package var eventByteCount: Int {
        8 + (contains(.weights) ? 4 : 0) + (contains(.times) ? 8 : 0) + (contains(.kinds) ? 1 : 0)
    }
}
