package import Platform

/// Why the pages of a file cannot be followed.
package enum PageFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system does not let the file be read.
    case unreadable(SystemError)
    /// The file is not one of LMDB's.
    case notLMDB(reason: String)
    /// A page is not what it must be.
    case damaged(page: UInt64, reason: String)

    /// Where, and what.
    package var description: String {
        switch self {
        case .unreadable(let error): "it cannot be read: \(error)"
        case .notLMDB(let reason): reason
        case .damaged(let page, let reason): "page \(page) \(reason)"
        }
    }
}

/// Checks the pages of an LMDB file before LMDB may follow them, which trusts what it maps: a damaged number there sends it to memory that is
/// not the file's.
///
/// It goes down from the newest commit: the kinds of pages, that all numbers and offsets stay in bounds, that keys ascend within the bounds that
/// the branches above give, that no page is reached twice or is free as well, and that the counts of each table are those of its pages. It reads the
/// file by itself and holds no lock: a commit that a writer makes meanwhile makes it start anew.
///
/// ```
/// page    0 number   10 flags   12 lower   14 upper (of overflow pages: 12 how many)   16 offsets of nodes …
/// node    0 low      2 high     4 flags    6 key bytes                                 8 key, value
/// table   0 pad      4 flags    6 depth    8 branch, leaf, overflow pages, entries     40 root
/// ```
@safe package struct PageWalker: ~Copyable {
    private let file: UnsafeRawBufferPointer
    private let pageByteCount: Int
    private let pageCount: UInt64
    private var reached: [UInt64]
    private var visited: UInt64 = 2
    /// Where nothing lies in pages that are in use; nil unless it is asked for.
    private var spaces: [Range<Int>]?

    private static let noPage = UInt64.max
    private static let magic: UInt32 = 0xBEEF_C0DE
    private static let mostDepth = 32

    /// Checks a file.
    ///
    /// - Returns: how many pages the newest commit leads to; nil if a writer commits all the while, so that nothing can be said.
    /// - Throws: `PageFault` with the first page that is wrong.
    /// - Complexity: O(pages of trees). Of a long value only the first page is read.
    @discardableResult
    package static func check(_ path: String) throws(PageFault) -> UInt64? {
        for _ in 0..<20 {
            let file: MappedFile
            do { file = try MappedFile(path) } catch { throw .unreadable(error) }
            guard unsafe file.bytes.count >= 1_024 else { throw .notLMDB(reason: "it is too short for an LMDB file") }
            let before = unsafe PageWalker.transaction(file.bytes)
            do throws(PageFault) {
                let visited = try unsafe PageWalker.walk(file.bytes)
                if unsafe PageWalker.transaction(file.bytes) == before { return visited }
            } catch {
                // A writer may reuse a page of the commit before. That is no damage.
                if unsafe PageWalker.transaction(file.bytes) == before { throw error }
            }
        }
        return nil
    }

    private static func transaction(_ file: UnsafeRawBufferPointer) -> UInt64 {
        let size = Int(unsafe word32(file, 40))
        let second = size >= 512 && size <= 32_768 && file.count >= 2 * size ? unsafe word64(file, size + 144) : 0
        return max(unsafe word64(file, 144), second)
    }

    /// Where the newest commit of a file keeps nothing: between the entries of its pages, behind long values, on pages that were free before
    /// some commit, and behind the last page.
    ///
    /// Call it under the writer's lock.
    /// - Parameter oldest: pages that this commit or a later one freed are left out: somebody may still read them.
    /// - Returns: ranges of bytes that are not all zero.
    /// - Complexity: O(pages of trees + free pages).
    static func unusedSpaces(_ path: String, freedBefore oldest: UInt64) throws(PageFault) -> [Range<Int>] {
        let file: MappedFile
        do { file = try MappedFile(path) } catch { throw .unreadable(error) }
        guard unsafe file.bytes.count >= 1_024 else { throw .notLMDB(reason: "it is too short for an LMDB file") }
        var spaces: [Range<Int>]? = []
        _ = try unsafe walk(file.bytes, spaces: &spaces, freedBefore: oldest)
        // Most of it is zero already, and is not written again.
        let bytes = unsafe file.bytes
        var used: [Range<Int>] = []
        for range in spaces ?? [] where unsafe bytes[range].contains(where: { $0 != 0 }) { used.append(range) }
        _ = consume file
        return used
    }

    private static func walk(_ file: UnsafeRawBufferPointer) throws(PageFault) -> UInt64 {
        var spaces: [Range<Int>]?
        return try unsafe walk(file, spaces: &spaces, freedBefore: .max)
    }

    private static func walk(
        _ file: UnsafeRawBufferPointer, spaces: inout [Range<Int>]?, freedBefore oldest: UInt64
    ) throws(PageFault) -> UInt64 {
        let size = Int(unsafe word32(file, 40))
        guard unsafe word32(file, 16) == magic || word32(file, min(size, file.count - 20) + 16) == magic else {
            throw .notLMDB(reason: "it is not an LMDB file")
        }
        guard (512...32_768).contains(size), size.nonzeroBitCount == 1, file.count >= 2 * size else {
            throw PageFault.damaged(page: 0, reason: "gives pages \(size) bytes")
        }
        for page in 0..<2 {
            let start = page * size
            guard unsafe word32(file, start + 16) == magic, unsafe word32(file, start + 20) == 1,
                unsafe word16(file, start + 10) & 0x08 != 0
            else { throw PageFault.damaged(page: UInt64(page), reason: "is no page that a commit begins with") }
        }
        let newest = unsafe word64(file, 144) > word64(file, size + 144) ? 0 : size
        let last = unsafe word64(file, newest + 136)
        guard last < UInt64(1) << 48, last >= 1 else {
            throw PageFault.damaged(page: UInt64(newest / size), reason: "gives \(last) as the last page")
        }
        var walker = unsafe PageWalker(file, size, last + 1)
        walker.spaces = spaces
        try unsafe walker.table(at: newest + 88, in: UInt64(newest / size), isMain: true, keys: nil)
        var free: [UInt64] = []
        var clear: [UInt64] = []
        try unsafe walker.table(at: newest + 40, in: UInt64(newest / size), isMain: false, keys: .integers) {
            (key, value, page) throws(PageFault) in
            let before = free.count
            try unsafe PageWalker.freePages(value, page, last: last, &free)
            if unsafe word64(key, 0) < oldest { clear += free[before...] }
        }
        for page in free where walker.isReached(page) { throw PageFault.damaged(page: page, reason: "is free and in use, or free twice") }
        free.sort()
        if let twice = zip(free, free.dropFirst()).first(where: { $0 == $1 }) {
            throw PageFault.damaged(page: twice.0, reason: "is free twice")
        }
        if var found = walker.spaces {
            for page in clear { found.append(Int(page) * size..<(Int(page) + 1) * size) }
            found.append(Int(last + 1) * size..<max(file.count, Int(last + 1) * size))
            spaces = found.map { $0.clamped(to: 0..<file.count) }.filter { !$0.isEmpty }
        }
        return walker.visited
    }

    private init(_ file: UnsafeRawBufferPointer, _ pageByteCount: Int, _ pageCount: UInt64) {
        unsafe self.file = file
        self.pageByteCount = pageByteCount
        self.pageCount = pageCount
        // A file may lack a page that was freed in the commit that it came with: none in use lies there.
        reached = [UInt64](repeating: 0, count: file.count / pageByteCount / 64 + 1)
        reached[0] = 3
    }

    /// The pages of a record of the free list: a count, then numbers that descend.
    private static func freePages(
        _ value: UnsafeRawBufferPointer, _ page: UInt64, last: UInt64, _ free: inout [UInt64]
    ) throws(PageFault) {
        let count = value.count >= 8 ? unsafe word64(value, 0) : .max
        guard value.count % 8 == 0, count == UInt64(value.count / 8 - 1) else {
            throw PageFault.damaged(page: page, reason: "has a list of free pages that does not fit its length")
        }
        var before = UInt64.max
        for place in 0..<Int(count) {
            let number = unsafe word64(value, 8 + 8 * place)
            guard number >= 2, number <= last, number < before else {
                throw PageFault.damaged(page: page, reason: "lists \(number) as a free page")
            }
            free.append(number)
            before = number
        }
    }

    private func isReached(_ page: UInt64) -> Bool {
        let word = Int(page >> 6)
        return word < reached.count && reached[word] >> (page & 63) & 1 == 1
    }

    private mutating func reach(_ page: UInt64, from: UInt64, count: UInt64 = 1) throws(PageFault) {
        let inFile = unsafe UInt64(file.count / pageByteCount)
        guard page >= 2, count >= 1, page < pageCount, count <= pageCount - page, page < inFile, count <= inFile - page else {
            throw PageFault.damaged(page: from, reason: "leads to page \(page), and the file has \(min(pageCount, inFile))")
        }
        for number in page..<page + count {
            if isReached(number) { throw PageFault.damaged(page: number, reason: "is reached twice") }
            reached[Int(number >> 6)] |= 1 << (number & 63)
        }
        visited += count
    }

    /// How keys are ordered.
    private enum Order { case bytes, integers }

    private struct Counts {
        var branches: UInt64 = 0
        var leaves: UInt64 = 0
        var overflows: UInt64 = 0
        var entries: UInt64 = 0
    }

    /// Walks a table whose record lies at an offset of the file.
    private mutating func table(
        at offset: Int, in page: UInt64, isMain: Bool, keys: Order?,
        value: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UInt64) throws(PageFault) -> Void = { _, _, _ in }
    ) throws(PageFault) {
        let (flags, depth) = (unsafe Self.word16(file, offset + 4), Int(unsafe Self.word16(file, offset + 6)))
        let root = unsafe Self.word64(file, offset + 40)
        let order: Order = keys ?? .bytes
        // The free list keeps flags of the whole file there.
        guard order == .integers || flags & 0x7FFF == 0 else {
            throw PageFault.damaged(page: page, reason: "has a table of a kind that no store has (flags \(flags))")
        }
        var counts = Counts()
        if root == Self.noPage {
            guard depth == 0 else { throw PageFault.damaged(page: page, reason: "has an empty table of depth \(depth)") }
        } else {
            guard (1...Self.mostDepth).contains(depth) else { throw PageFault.damaged(page: page, reason: "has a table of depth \(depth)") }
            try unsafe walk(root, from: page, depth: depth, isMain: isMain, order, low: nil, high: nil, &counts, value)
        }
        let said = [8, 16, 24, 32].map { unsafe Self.word64(file, offset + $0) }
        guard said == [counts.branches, counts.leaves, counts.overflows, counts.entries] else {
            throw PageFault.damaged(page: page, reason: "counts other pages or entries of a table than the table has")
        }
    }

    private mutating func walk(
        _ page: UInt64, from: UInt64, depth: Int, isMain: Bool, _ order: Order, low: UnsafeRawBufferPointer?, high: UnsafeRawBufferPointer?,
        _ counts: inout Counts, _ value: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UInt64) throws(PageFault) -> Void
    ) throws(PageFault) {
        try reach(page, from: from)
        let start = Int(page) * pageByteCount
        let flags = unsafe Self.word16(file, start + 10)
        let (lower, upper) = (Int(unsafe Self.word16(file, start + 12)), Int(unsafe Self.word16(file, start + 14)))
        let isLeaf = depth == 1
        guard unsafe Self.word64(file, start) == page else { throw PageFault.damaged(page: page, reason: "bears another number") }
        guard flags & 0x6F == (isLeaf ? 0x02 : 0x01) else {
            throw PageFault.damaged(page: page, reason: "is of another kind than a table has at that depth (flags \(flags))")
        }
        guard lower >= 16, lower % 2 == 0, lower <= upper, upper <= pageByteCount else {
            throw PageFault.damaged(page: page, reason: "gives bounds that it cannot have (\(lower), \(upper))")
        }
        spaces?.append(start + lower..<start + upper)
        let count = (lower - 16) / 2
        guard count >= (isLeaf ? 1 : 2) else { throw PageFault.damaged(page: page, reason: "has \(count) entries") }
        if isLeaf {
            counts.leaves += 1
            counts.entries += UInt64(count)
        } else {
            counts.branches += 1
        }
        var nodes: [(key: UnsafeRawBufferPointer, low: UInt64, flags: UInt16, end: Int)] = unsafe []
        for place in 0..<count {
            let offset = Int(unsafe Self.word16(file, start + 16 + 2 * place))
            guard offset >= upper, offset % 2 == 0, offset + 8 <= pageByteCount else {
                throw PageFault.damaged(page: page, reason: "has entry \(place) outside of itself")
            }
            let node = start + offset
            let size = Int(unsafe Self.word16(file, node + 6))
            guard offset + 8 + size <= pageByteCount else { throw PageFault.damaged(page: page, reason: "has a key that passes its end") }
            let number = UInt64(unsafe Self.word16(file, node)) | UInt64(unsafe Self.word16(file, node + 2)) << 16
            let key = unsafe UnsafeRawBufferPointer(rebasing: file[node + 8..<node + 8 + size])
            guard order == .bytes || size == 8 || !isLeaf && place == 0 else {
                throw PageFault.damaged(page: page, reason: "has a key of \(size) bytes in the free list")
            }
            unsafe nodes.append((key, number, Self.word16(file, node + 4), offset + 8 + size))
        }
        // The first key of a branch stands for whatever is low.
        for place in 0..<count where isLeaf || place > 0 {
            let key = unsafe nodes[place].key
            let previous = unsafe place > (isLeaf ? 0 : 1) ? nodes[place - 1].key : nil
            let isAscending = unsafe previous.map { unsafe Self.isLess($0, key, order) } ?? true
            let isAbove = unsafe low.map { unsafe !Self.isLess(key, $0, order) } ?? true
            let isBelow = unsafe high.map { unsafe Self.isLess(key, $0, order) } ?? true
            guard isAscending, isAbove, isBelow else { throw PageFault.damaged(page: page, reason: "has key \(place) out of order") }
        }
        for place in 0..<count {
            let node = unsafe nodes[place]
            if !isLeaf {
                let child = unsafe node.low | UInt64(node.flags) << 32
                try unsafe walk(
                    child, from: page, depth: depth - 1, isMain: isMain, order, low: place > 0 ? nodes[place].key : low,
                    high: place + 1 < count ? nodes[place + 1].key : high, &counts, value)
                continue
            }
            try unsafe leaf(page, size: Int(node.low), flags: node.flags, end: node.end, isMain: isMain, &counts) {
                (bytes, page) throws(PageFault) in
                try unsafe value(node.key, bytes, page)
            }
        }
    }

    /// An entry of a leaf: its value, in the page or on pages of its own, or another table.
    private mutating func leaf(
        _ page: UInt64, size: Int, flags: UInt16, end: Int, isMain: Bool, _ counts: inout Counts,
        _ value: (UnsafeRawBufferPointer, UInt64) throws(PageFault) -> Void
    ) throws(PageFault) {
        let start = Int(page) * pageByteCount
        if flags == 0x01 {
            guard end + 8 <= pageByteCount else { throw PageFault.damaged(page: page, reason: "has a value that passes its end") }
            let first = unsafe Self.word64(file, start + end)
            let needed = UInt64((15 + size) / pageByteCount + 1)
            guard first >= 2, first < pageCount, first < UInt64(unsafe file.count / pageByteCount) else {
                throw PageFault.damaged(page: page, reason: "leads to page \(first), and the file has \(pageCount)")
            }
            let head = Int(first) * pageByteCount
            // A value that became shorter keeps the pages that it had.
            let run = unsafe UInt64(Self.word32(file, head + 12))
            guard unsafe Self.word64(file, head) == first, unsafe Self.word16(file, head + 10) & 0x6F == 0x04, run >= needed else {
                throw PageFault.damaged(page: first, reason: "is not the first of the \(needed) pages of a long value")
            }
            try reach(first, from: page, count: run)
            counts.overflows += run
            spaces?.append(head + 16 + size..<head + Int(run) * pageByteCount)
            return try unsafe value(UnsafeRawBufferPointer(rebasing: file[head + 16..<head + 16 + size]), first)
        }
        guard size <= pageByteCount - end else { throw PageFault.damaged(page: page, reason: "has a value that passes its end") }
        if flags == 0x02, isMain, size == 48 {
            return try unsafe table(at: start + end, in: page, isMain: false, keys: nil)
        }
        // The main table of a store holds tables alone.
        guard flags == 0, !isMain else {
            throw PageFault.damaged(page: page, reason: "has an entry of a kind that no store has (flags \(flags))")
        }
        try unsafe value(UnsafeRawBufferPointer(rebasing: file[start + end..<start + end + size]), page)
    }

    private static func isLess(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, _ order: Order) -> Bool {
        if order == .integers { return unsafe word64(a, 0) < word64(b, 0) }
        return unsafe a.lexicographicallyPrecedes(b)
    }

    private static func word16(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt16 {
        unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
    }

    private static func word32(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }

    private static func word64(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}
