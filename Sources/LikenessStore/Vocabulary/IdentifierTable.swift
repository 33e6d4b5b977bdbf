/// Gives ids dense ordinals in order of first appearance, in memory: what one run of ingest has met.
///
/// Open addressing with linear probing over pairs of words, and the ids' bytes one behind the other. A look-up of a known id
/// touches two places in memory:
///
///     slots  | hash's upper half, ordinal + 1 | start in the arena, length (12 bits) | …   a first word of 0 is a free slot
///     arena  | bytes of id 0 | bytes of id 1 | …
@safe package struct IdentifierTable: ~Copyable {
    private struct Slot {
        var tagged: UInt64 = 0
        var place: UInt64 = 0
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private var arena: UnsafeMutableRawPointer
    private var arenaCount = 0
    private var arenaCapacity = 1 << 12
    /// How many ids it has met.
    package private(set) var count = 0
    /// Ids that share a hash under one seed do not under another, so nobody can prepare a slow file.
    private let seed = UInt64.random(in: 0 ... .max)

    /// An empty table.
    package init() {
        let slotCount = 1 << 10
        unsafe slots = .allocate(capacity: slotCount)
        unsafe slots.initialize(repeating: Slot(), count: slotCount)
        mask = slotCount - 1
        unsafe arena = .allocate(byteCount: arenaCapacity, alignment: 16)
    }

    deinit {
        unsafe slots.deallocate()
        unsafe arena.deallocate()
    }

    /// The ordinal of an id of up to 4,095 bytes, which is new if it is not less than `count` was before.
    ///
    /// - Complexity: O(bytes of the id) on average.
    @inline(__always)
    package mutating func ordinal(of id: UnsafeRawBufferPointer) -> UInt32 {
        unsafe ordinal(of: id, hash: hash(of: id))
    }

    /// The hash that places an id in this table.
    @inline(__always)
    func hash(of id: UnsafeRawBufferPointer) -> UInt64 { unsafe IdentifierTable.hash(id, seed: seed) }

    /// Looks at the slot where a look-up of the hash begins, so that the look-up finds it in the processor's cache.
    @inline(__always)
    func glanceAtSlot(_ hash: UInt64) -> UInt64 { unsafe slots[Int(truncatingIfNeeded: hash) & mask].tagged }

    /// Looks at the id that this slot names.
    @inline(__always)
    func glanceAtIdentifier(_ hash: UInt64) -> UInt64 {
        let slot = unsafe slots[Int(truncatingIfNeeded: hash) & mask]
        return slot.tagged == 0 ? 0 : unsafe UInt64((arena + Int(slot.place >> 12)).load(as: UInt8.self))
    }

    /// ``ordinal(of:)`` of an id whose hash is known.
    @inline(__always)
    mutating func ordinal(of id: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        let tag = hash >> 32
        var position = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = unsafe slots[position]
            if slot.tagged == 0 { break }
            if slot.tagged >> 32 == tag, slot.place & 0xFFF == UInt64(id.count),
                unsafe IdentifierTable.areEqual(arena + Int(slot.place >> 12), id)
            {
                return UInt32(truncatingIfNeeded: slot.tagged) &- 1
            }
            position = (position + 1) & mask
        }
        return unsafe insert(id, tag: tag, at: position)
    }

    @inline(never)
    private mutating func insert(_ id: UnsafeRawBufferPointer, tag: UInt64, at position: Int) -> UInt32 {
        precondition(count < Int(UInt32.max) - 2 && id.count <= 0xFFF, "a vocabulary holds fewer than 2^32 - 2 ids")
        let ordinal = UInt32(count)
        let start = arenaCount
        if start + id.count > arenaCapacity {
            arenaCapacity = max(2 * arenaCapacity, start + id.count)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: arenaCapacity, alignment: 16)
            unsafe larger.copyMemory(from: arena, byteCount: start)
            unsafe arena.deallocate()
            unsafe arena = larger
        }
        if let base = id.baseAddress { unsafe (arena + start).copyMemory(from: base, byteCount: id.count) }
        arenaCount += id.count
        unsafe slots[position] = Slot(
            tagged: tag << 32 | UInt64(ordinal + 1), place: UInt64(start) << 12 | UInt64(id.count))
        count += 1
        if count * 2 > mask { grow() }
        return ordinal
    }

    private mutating func grow() {
        let slotCount = (mask + 1) * 2
        let larger = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
        unsafe larger.initialize(repeating: Slot(), count: slotCount)
        for old in 0...mask {
            let slot = unsafe slots[old]
            if slot.tagged == 0 { continue }
            let id = unsafe UnsafeRawBufferPointer(start: arena + Int(slot.place >> 12), count: Int(slot.place & 0xFFF))
            var position = Int(truncatingIfNeeded: unsafe IdentifierTable.hash(id, seed: seed)) & (slotCount - 1)
            while unsafe larger[position].tagged != 0 { position = (position + 1) & (slotCount - 1) }
            unsafe larger[position] = slot
        }
        mask = slotCount - 1
        unsafe slots.deallocate()
        unsafe slots = larger
    }

    /// Compares eight bytes at a time; ids are too short for a call to pay.
    @inline(__always)
    private static func areEqual(_ known: UnsafeMutableRawPointer, _ id: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 8 <= id.count {
            let same =
                unsafe known.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                == id.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if !same { return false }
            offset += 8
        }
        while offset < id.count {
            if unsafe known.load(fromByteOffset: offset, as: UInt8.self) != id[offset] { return false }
            offset += 1
        }
        return true
    }

    /// Multiplies eight bytes at a time into 128 bits and folds them, as the wyhash family does.
    @inline(__always)
    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while offset + 8 <= bytes.count {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            state = fold(state ^ word, 0xA076_1D64_78BD_642F)
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = unsafe rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        return fold(state ^ rest, 0xE703_7ED1_A0B4_28DB)
    }

    @inline(__always)
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
