import LikenessFormat

/// Rows whose ids wait to be looked up together.
///
/// The tables of ids of a large file are far larger than the processor's caches, and each look-up waits for two places in memory. Of many rows
/// at a time it waits for all of them at once: first every slot is looked at, then every id that a slot names, and then the rows are resolved in
/// their order.
@safe struct StagedRows: ~Copyable {
    /// A row: where its texts lie, one behind the other from `start`, and the hashes of its ids.
    private struct Row {
        var start = 0
        var userCount = 0
        var itemCount = 0
        var nameCount = 0
        var userHash: UInt64 = 0
        var itemHash: UInt64 = 0
    }

    /// How many rows wait at most.
    static let limit = 64

    private var rows = [Row](repeating: Row(), count: limit)
    private(set) var count = 0
    private var bytes: UnsafeMutableRawPointer
    private var byteCount = 0
    private var capacity = 1 << 14
    /// What the looks ahead saw, so that they are not optimised away.
    private var seen: UInt64 = 0

    init() {
        unsafe bytes = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe bytes.deallocate() }

    var isFull: Bool { count == StagedRows.limit }

    /// Takes a row in; there must be room.
    @inline(__always)
    mutating func append(
        user: UnsafeRawBufferPointer, userHash: UInt64, item: UnsafeRawBufferPointer, itemHash: UInt64, name: UnsafeRawBufferPointer?
    ) {
        let nameCount = unsafe name?.count ?? 0
        let needed = byteCount + user.count + item.count + nameCount
        if needed > capacity { grow(to: needed) }
        rows[count] = Row(
            start: byteCount, userCount: user.count, itemCount: item.count, nameCount: nameCount, userHash: userHash, itemHash: itemHash)
        unsafe put(user)
        unsafe put(item)
        if let name = unsafe name { unsafe put(name) }
        count += 1
    }

    /// Gives the last rows of `columns`, which are these, their ordinals, notes their names, and forgets them.
    mutating func resolve(
        _ users: inout IdentifierRun, _ items: inout IdentifierRun, into columns: inout LikeColumns, _ names: inout ItemNames
    ) {
        let first = columns.users.count - count
        for place in 0..<count {
            seen ^= users.glanceAtSlot(rows[place].userHash) ^ items.glanceAtSlot(rows[place].itemHash)
        }
        for place in 0..<count {
            seen ^= users.glanceAtIdentifier(rows[place].userHash) ^ items.glanceAtIdentifier(rows[place].itemHash)
        }
        let all = unsafe UnsafeRawBufferPointer(start: bytes, count: byteCount)
        for place in 0..<count {
            let row = rows[place]
            let (itemStart, nameStart) = (row.start + row.userCount, row.start + row.userCount + row.itemCount)
            let user = unsafe UnsafeRawBufferPointer(rebasing: all[row.start..<itemStart])
            let item = unsafe UnsafeRawBufferPointer(rebasing: all[itemStart..<nameStart])
            let ordinal = unsafe items.ordinal(of: item, hash: row.itemHash)
            columns.users[first + place] = unsafe users.ordinal(of: user, hash: row.userHash)
            columns.items[first + place] = ordinal
            if row.nameCount > 0 {
                unsafe names.note(UnsafeRawBufferPointer(rebasing: all[nameStart..<nameStart + row.nameCount]), for: ordinal)
            }
        }
        count = 0
        byteCount = 0
    }

    @inline(__always)
    private mutating func put(_ text: UnsafeRawBufferPointer) {
        if let base = text.baseAddress { unsafe (bytes + byteCount).copyMemory(from: base, byteCount: text.count) }
        byteCount += text.count
    }

    private mutating func grow(to needed: Int) {
        capacity = max(2 * capacity, needed)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        unsafe larger.copyMemory(from: bytes, byteCount: byteCount)
        unsafe bytes.deallocate()
        unsafe bytes = larger
    }
}
