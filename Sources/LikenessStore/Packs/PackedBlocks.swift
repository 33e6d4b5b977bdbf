import LMDB
package import LikenessFormat

/// The blocks of a pack, or of several, by their hashes: where they lie, and what was checked of them.
package struct PackedBlocks {
    struct Block {
        let entry: PackEntry
        let offset: Int
        let pack: Int
        /// What its rows were checked as: a bit for each `Contents`.
        var checks: UInt8 = 0
        /// Whether it is left to a `BlockStream`, which checks and writes it.
        var isStreamed = false
    }

    /// What rows can be.
    enum Contents: UInt8 {
        case index, floats, codes, terms, tallies, waiting, numbers, features

        init(part: Substring, element: ElementType, rowByteCount: Int) {
            switch part {
            case "terms": self = .terms
            case "tallies": self = .tallies
            case "waiting": self = .waiting
            case "numbers": self = .numbers
            default: self = rowByteCount == 0 ? .features : element == .float32 ? .floats : .codes
            }
        }

        /// What the rows of a matrix are.
        init(of matrix: MatrixDescriptor) {
            self.init(part: matrix.part, element: matrix.element, rowByteCount: matrix.rowByteCount)
        }

        /// Its place in a block's `checks`.
        var bit: UInt8 { 1 << rawValue }
    }

    private(set) var packs: [PackFile] = []
    var blocks: [Block] = []
    private var places: [BlockHash: Int32] = [:]

    /// Reads the index of a pack, of which the section must have been checked.
    package init(_ pack: PackFile) throws(StoreError) {
        try add(pack)
    }

    /// Reads the index of another pack. A block that is in several packs is taken from the first of them.
    package mutating func add(_ pack: PackFile) throws(StoreError) {
        let section = pack.header[.blockIndex]
        let count = pack.header[.blocks].records
        guard section.records == count, section.byteCount == PackEntry.byteCount * count, count < Int(Int32.max) - blocks.count else {
            throw pack.damaged(.blockIndex, "it has \(section.records) entries in \(section.byteCount) bytes for \(count) blocks")
        }
        var reader = PackSectionReader(pack, .blockIndex)
        var offset = 0
        for place in 0..<count {
            let bytes = try reader.bytes(PackEntry.byteCount)
            let entry = try PackError.parsing(pack.path, "entry \(place) of the index") { () throws(Damage) in
                try unsafe PackEntry(bytes.span.bytes)
            }
            if let other = places[entry.hash] {
                guard blocks[Int(other)].pack < packs.count else {
                    throw pack.damaged(.blockIndex, "block \(entry.hash.hexadecimal) is there twice")
                }
            } else {
                places[entry.hash] = Int32(blocks.count)
                blocks.append(Block(entry: entry, offset: offset, pack: packs.count))
            }
            offset += entry.blockByteCount
            guard offset <= pack.header[.blocks].byteCount else { throw pack.damaged(.blockIndex, "its blocks are longer than the pack") }
        }
        guard offset == pack.header[.blocks].byteCount else { throw pack.damaged(.blockIndex, "its blocks are shorter than the pack") }
        packs.append(pack)
    }

    /// Bytes of the blocks that the last checks led to.
    package var checkedByteCount: Int {
        blocks.reduce(0) { $0 + ($1.checks == 0 ? 0 : $1.entry.blockByteCount) }
    }

    /// The hashes of all blocks.
    package var hashes: Dictionary<BlockHash, Int32>.Keys { places.keys }

    /// The part of a check that asks what is elsewhere: the header of a block, and what it leads to.
    package typealias Elsewhere = (BlockHash) throws(StoreError) -> (header: BlockHeader, children: [BlockHash])?

    /// Checks every block that a manifest leads to: its hash, its shape, and what its rows hold.
    ///
    /// - Parameters:
    ///   - pack: the one that the manifest is from.
    ///   - known: matrices that are whole elsewhere: their trees are not looked at.
    ///   - elsewhereCount: how many blocks there are elsewhere.
    ///   - elsewhere: a block that is not to be taken from the packs; nil if it is not there.
    ///   - later: gets the blocks of rows, which are not read; nil to check them here. Numbers of rows are checked here, since they go on from
    ///     block to block.
    /// - Complexity: each block is read once, and again where it is rows of another matrix, however often trees lead to it.
    package mutating func check(
        _ manifest: Manifest, of pack: PackFile, known: Set<MatrixDescriptor> = [], elsewhereCount: Int = 0,
        elsewhere: Elsewhere = { (_) throws(StoreError) in nil }, later: BlockPlan? = nil, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) {
        var done = 0
        for matrix in manifest.allMatrices where !known.contains(matrix) {
            guard matrix.isSound else { throw pack.damaged(.manifest, "the numbers of matrix \(matrix.name) do not fit each other") }
            guard let root = matrix.root else { continue }
            // Only rows of a vocabulary, of which many may be no part of the version, repeat blocks without an end.
            let isOfVocabulary = MatrixNames.layout(of: matrix.name, components: manifest.components)?.kind != nil
            guard isOfVocabulary || matrix.blockCount <= blocks.count + elsewhereCount else {
                throw pack.damaged(.manifest, "matrix \(matrix.name) has more blocks than there are")
            }
            let contents = Contents(of: matrix)
            var last = -1
            var full: Set<BlockHash> = []
            var waiting = [Place(hash: root, level: matrix.depth, first: 0)]
            while let place = waiting.popLast() {
                // What a block must be is the same everywhere but at the end of the matrix.
                if contents != .numbers, place.isFull(in: matrix), !full.insert(place.hash).inserted { continue }
                let name = "\(matrix.name), block \(place.hash.hexadecimal)"
                if let found = try elsewhere(place.hash) {
                    waiting += try PackError.parsing(pack.path, name) { () throws(Damage) in
                        try matrix.check(found.header, level: place.level, first: place.first)
                        return place.places(of: found.children)
                    }
                    continue
                }
                guard let position = places[place.hash].map(Int.init) else {
                    throw pack.damaged(.blocks, "block \(place.hash.hexadecimal) of \(matrix.name) is missing")
                }
                let bit = (place.level > 0 ? Contents.index : contents).bit
                let block = blocks[position]
                if let later, place.level == 0, block.entry.level == 0, contents != .numbers {
                    blocks[position].isStreamed = true
                    later.add(position, matrix, first: place.first, manifest.vocabularies)
                    continue
                }
                let bytes = try packs[block.pack].block(block.entry, at: block.offset)
                blocks[position].checks |= bit
                if block.checks == 0 { done += bytes.count }
                waiting += try PackError.parsing(packs[block.pack].path, name) { () throws(Damage) in
                    guard block.entry.level == place.level else { throw Damage("the index gives it another level") }
                    let isNew = block.checks & bit == 0
                    return try unsafe PackedBlocks.check(
                        bytes.span.bytes, place, matrix, isNew ? contents : nil, after: contents == .numbers ? last : nil,
                        manifest.vocabularies)
                }
                if contents == .numbers, place.level == 0 { last = unsafe PackedBlocks.lastNumber(bytes.span.bytes) }
                progress(done)
            }
        }
    }

    /// Refuses a block that no manifest which was checked leads to.
    package func checkThatAllAreNeeded() throws(StoreError) {
        if let lost = blocks.first(where: { $0.checks == 0 }) {
            throw packs[lost.pack].damaged(.blocks, "the version does not lead to block \(lost.entry.hash.hexadecimal)")
        }
    }

    /// Where a tree leads to a block.
    struct Place {
        let hash: BlockHash
        let level: Int
        /// The number of the first data block below it.
        let first: Int

        /// Whether the tree goes on after it.
        func isFull(in matrix: MatrixDescriptor) -> Bool {
            let end = first + MatrixDescriptor.blocks(below: level)
            return end < matrix.blockCount || end == matrix.blockCount && matrix.rows % matrix.rowsPerBlock == 0
        }

        /// Where its children are, the last one first.
        func places(of children: [BlockHash]) -> [Place] {
            if level == 0 { return [] }
            let below = MatrixDescriptor.blocks(below: level - 1)
            return children.enumerated().reversed().map { Place(hash: $1, level: level - 1, first: first + $0 * below) }
        }
    }

    /// Checks a block whose hash is right.
    ///
    /// - Parameters:
    ///   - contents: what its rows are checked as; nil if that was done.
    ///   - last: of row numbers, the one before the block.
    /// - Returns: where its children are.
    static func check(
        _ block: RawSpan, _ place: Place, _ matrix: MatrixDescriptor, _ contents: Contents?, after last: Int?, _ lengths: Manifest.Lengths
    ) throws(Damage) -> [Place] {
        guard let header = BlockHeader(block), header.isPaddingZero(in: block) else { throw Damage("it is no block") }
        try matrix.check(header, level: place.level, first: place.first)
        if place.level > 0 { return place.places(of: try header.children(in: block)) }
        if let last { try checkNumbers(block, header, after: last, matrix, lengths) }
        if let contents { try checkRows(block, header, contents, matrix, lengths) }
        return []
    }

    /// The last of a block's row numbers.
    private static func lastNumber(_ block: RawSpan) -> Int {
        let rows = Int(block.littleEndian(at: 8, as: UInt32.self))
        return Int(block.littleEndian(at: BlockHeader.byteCount + 4 * (rows - 1), as: UInt32.self))
    }

    private static func checkRows(
        _ block: RawSpan, _ header: BlockHeader, _ contents: Contents, _ matrix: MatrixDescriptor, _ lengths: Manifest.Lengths
    ) throws(Damage) {
        guard contents == .features else {
            return try MatrixContents.check(
                block, part: matrix.part, element: matrix.element, columns: matrix.columns, rowByteCount: matrix.rowByteCount,
                count: Int(header.rows))
        }
        let kind: RowKind = matrix.name.hasPrefix(RowKind.user.matrixPrefix + ".") ? .user : .item
        var rows = FeatureRowsColumns()
        try FeatureRowsBlock.append(block, header: header, below: lengths.features(of: kind), to: &rows)
    }

    /// The numbers of a layer's rows ascend from block to block, and stay below the vocabulary's length.
    private static func checkNumbers(
        _ block: RawSpan, _ header: BlockHeader, after last: Int, _ matrix: MatrixDescriptor, _ lengths: Manifest.Lengths
    ) throws(Damage) {
        guard let kind = RowKind.allCases.first(where: { matrix.name.hasPrefix($0.matrixPrefix + ".") }) else { return }
        var last = last
        for row in 0..<Int(header.rows) {
            let number = Int(block.littleEndian(at: BlockHeader.byteCount + 4 * row, as: UInt32.self))
            guard number > last, number < lengths[kind] else { throw Damage("the numbers of its rows do not ascend, or pass the end") }
            last = number
        }
    }
}

extension PackedBlocks {
    /// Bytes that one transaction writes at the most, about. They are in memory twice: here, and in LMDB's pages.
    private static let transactionByteCount = 16 << 20

    /// Writes the blocks that were checked here and the store lacks, from the lowest level up and in bounded transactions: none is there before its tree is.
    ///
    /// - Returns: bytes of the blocks that were not there before.
    package func write(to store: Store, progress: (Int) -> Void = { _ in }) throws(StoreError) -> Int {
        var (written, done) = (0, 0)
        var batch: [(hash: BlockHash, bytes: [UInt8])] = []
        var byteCount = 0
        for level in 0...(blocks.map(\.entry.level).max() ?? 0) {
            for block in blocks where block.entry.level == level && block.checks != 0 && !block.isStreamed {
                batch.append((block.entry.hash, try packs[block.pack].block(block.entry, at: block.offset)))
                byteCount += block.entry.blockByteCount
                guard byteCount >= PackedBlocks.transactionByteCount else { continue }
                written += try PackedBlocks.write(&batch, to: store)
                (done, byteCount) = (done + byteCount, 0)
                progress(done)
            }
            written += try PackedBlocks.write(&batch, to: store)
            (done, byteCount) = (done + byteCount, 0)
            progress(done)
        }
        return written
    }

    private static func write(
        _ batch: inout [(hash: BlockHash, bytes: [UInt8])], to store: Store
    ) throws(StoreError) -> Int {
        if batch.isEmpty { return 0 }
        var blocks = batch.sorted { $0.hash > $1.hash }
        batch.removeAll()
        let table = store.tables.blocks
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            var written = 0
            while let (hash, bytes) = blocks.popLast() {
                if try transaction.insert(bytes, at: hash, in: table) { written += bytes.count }
            }
            return written
        }
    }
}

extension PackedBlocks {
    /// Where a block lies.
    package struct Location: Sendable, Hashable {
        /// The pack, by its place among those that were added.
        package let pack: Int
        /// The bytes of the file.
        package let range: Range<Int>
        package let hash: BlockHash
    }

    /// The pack of a location.
    package func pack(of location: Location) -> PackFile { packs[location.pack] }

    /// The blocks that a manifest leads to and that are not elsewhere, found from the roots down a level at a time.
    ///
    /// - Parameters:
    ///   - known: matrices that are whole elsewhere.
    ///   - isElsewhere: whether a block is there with all that it leads to.
    ///   - locations: gets the blocks that hold rows, but for numbers of rows.
    ///   - fetch: makes the other blocks readable, before they are read.
    /// - Returns: whether all blocks are in the packs or elsewhere.
    /// - Complexity: O(blocks that are not elsewhere); those that lead to others are read.
    package func gather<Failure: Error>(
        _ manifest: Manifest, known: Set<MatrixDescriptor>, isElsewhere: (BlockHash) throws(Failure) -> Bool,
        into locations: inout Set<Location>, fetch: ([Location]) throws(Failure) -> Void,
        wrapping wrap: (StoreError) -> Failure
    ) throws(Failure) -> Bool {
        var visited: Set<BlockHash> = []
        var waiting: [(hash: BlockHash, isOfNumbers: Bool)] = manifest.allMatrices.filter { !known.contains($0) }.compactMap { matrix in
            matrix.root.map { ($0, Contents(of: matrix) == .numbers) }
        }
        var isWhole = true
        while !waiting.isEmpty {
            var leading: [(location: Location, isOfNumbers: Bool)] = []
            for (hash, isOfNumbers) in waiting where visited.insert(hash).inserted {
                if try isElsewhere(hash) { continue }
                guard let position = places[hash].map(Int.init) else {
                    isWhole = false
                    continue
                }
                let block = blocks[position]
                let start = packs[block.pack].header[.blocks].offset + block.offset
                let location = Location(pack: block.pack, range: start..<start + block.entry.blockByteCount, hash: hash)
                if block.entry.level > 0 || isOfNumbers { leading.append((location, isOfNumbers)) } else { locations.insert(location) }
            }
            try fetch(leading.map(\.location))
            waiting = []
            for (location, isOfNumbers) in leading {
                guard let position = places[location.hash].map(Int.init), blocks[position].entry.level > 0 else { continue }
                do throws(StoreError) {
                    waiting += try children(of: blocks[position]).map { ($0, isOfNumbers) }
                } catch {
                    throw wrap(error)
                }
            }
        }
        return isWhole
    }

    private func children(of block: Block) throws(StoreError) -> [BlockHash] {
        let bytes = try packs[block.pack].block(block.entry, at: block.offset)
        return try PackError.parsing(packs[block.pack].path, "block \(block.entry.hash.hexadecimal)") { () throws(Damage) in
            guard let header = unsafe BlockHeader(bytes.span.bytes), header.kind == .index else { throw Damage("it leads to no others") }
            return try unsafe header.children(in: bytes.span.bytes)
        }
    }

    /// Whether the bytes at a location are the block's.
    package func isThere(_ location: Location) -> Bool {
        guard let position = places[location.hash].map(Int.init) else { return false }
        return (try? packs[location.pack].block(blocks[position].entry, at: blocks[position].offset)) != nil
    }
}
