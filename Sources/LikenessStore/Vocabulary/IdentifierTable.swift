#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Gives ids dense ordinals in order of first appearance, in memory: what one run of ingest has met.
///
/// Open addressing with linear probing over one array of words, and the ids' bytes one behind the other:
///
///     slots  | hash's upper half, ordinal + 1 | … |   0 is a free slot; at most half are taken
///     arena  | bytes of id 0 | bytes of id 1 | … |     ends[n] is where id n ends
@safe package struct IdentifierTable: ~Copyable {
    private var slots: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private var arena: UnsafeMutableRawPointer
    private var arenaCapacity = 1 << 12
    private var ends: [Int] = [0]
    /// Ids that share a hash under one seed do not under another, so nobody can prepare a slow file.
    private let seed = UInt64.random(in: 0 ... .max)

    /// An empty table.
    package init() {
        let count = 1 << 10
        unsafe slots = .allocate(capacity: count)
        unsafe slots.initialize(repeating: 0, count: count)
        mask = count - 1
        unsafe arena = .allocate(byteCount: arenaCapacity, alignment: 16)
    }

    deinit {
        unsafe slots.deallocate()
        unsafe arena.deallocate()
    }

    /// How many ids it has met.
    package var count: Int { ends.count - 1 }

    /// The ordinal of an id, which is new if it is not less than `count` was before.
    ///
    /// - Complexity: O(bytes of the id) on average.
    package mutating func ordinal(of id: UnsafeRawBufferPointer) -> UInt32 {
        let hash = unsafe IdentifierTable.hash(id, seed: seed)
        let tag = hash >> 32
        var position = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = unsafe slots[position]
            if slot == 0 { break }
            if slot >> 32 == tag {
                let ordinal = Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) - 1
                let start = ends[ordinal]
                if ends[ordinal + 1] - start == id.count,
                    unsafe id.count == 0 || memcmp(arena + start, id.baseAddress!, id.count) == 0
                {
                    return UInt32(truncatingIfNeeded: ordinal)
                }
            }
            position = (position + 1) & mask
        }
        let ordinal = UInt32(count)
        precondition(ordinal < UInt32.max - 1, "a vocabulary holds fewer than 2^32 - 2 ids")
        unsafe slots[position] = tag << 32 | UInt64(ordinal + 1)
        unsafe append(id)
        if count * 2 > mask { grow() }
        return ordinal
    }

    private mutating func append(_ id: UnsafeRawBufferPointer) {
        let start = ends[count]
        if start + id.count > arenaCapacity {
            arenaCapacity = max(2 * arenaCapacity, start + id.count)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: arenaCapacity, alignment: 16)
            unsafe larger.copyMemory(from: arena, byteCount: start)
            unsafe arena.deallocate()
            unsafe arena = larger
        }
        if let base = id.baseAddress { unsafe (arena + start).copyMemory(from: base, byteCount: id.count) }
        ends.append(start + id.count)
    }

    private mutating func grow() {
        let slotCount = (mask + 1) * 4
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: slotCount)
        unsafe larger.initialize(repeating: 0, count: slotCount)
        mask = slotCount - 1
        for ordinal in 0 ..< count {
            let id = unsafe UnsafeRawBufferPointer(
                start: arena + ends[ordinal], count: ends[ordinal + 1] - ends[ordinal])
            let hash = unsafe IdentifierTable.hash(id, seed: seed)
            var position = Int(truncatingIfNeeded: hash) & mask
            while unsafe larger[position] != 0 { position = (position + 1) & mask }
            unsafe larger[position] = (hash >> 32) << 32 | UInt64(ordinal + 1)
        }
        unsafe slots.deallocate()
        unsafe slots = larger
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
