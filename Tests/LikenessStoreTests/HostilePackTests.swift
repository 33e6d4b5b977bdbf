import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

/// Packs in which every hash is right and something else is not.
@Suite struct HostilePackTests {
    /// A lie, and what the refusal says of it.
    struct Lie: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: String
        let tell: @Sendable (inout OpenPack) throws -> Void

        init(_ description: String, _ words: String, _ tell: @escaping @Sendable (inout OpenPack) throws -> Void) {
            (testDescription, self.words, self.tell) = (description, words, tell)
        }
    }

    private static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }

    /// Changes a block and the hashes of those that lead to it.
    private static func changeBlock(
        _ pack: inout OpenPack, where isIt: (BlockHeader) -> Bool, _ change: (inout [UInt8]) -> Void
    ) throws {
        var blocks = pack.blocks
        let place = try #require(
            blocks.firstIndex { block in block.withUnsafeBytes { BlockHeader(RawSpan(_unsafeBytes: $0)).map(isIt) ?? false } })
        var (old, new) = (BlockHash(of: blocks[place]), blocks[place])
        change(&new)
        blocks[place] = new
        var replaced = [(old, BlockHash(of: new))]
        while let (before, after) = replaced.popLast() {
            for (place, block) in blocks.enumerated() {
                guard let range = Data(block).range(of: Data(before.bytes)) else { continue }
                old = BlockHash(of: block)
                blocks[place].replaceSubrange(range, with: after.bytes)
                replaced.append((old, BlockHash(of: blocks[place])))
            }
            try pack.change { manifest in
                for place in manifest.matrices.indices where manifest.matrices[place].root == before {
                    manifest.matrices[place].root = after
                }
                for layer in (manifest.layers ?? []).indices {
                    for (part, root) in manifest.layers![layer].roots where root == before { manifest.layers![layer].roots[part] = after }
                }
            }
        }
        pack.blocks = blocks
    }

    static let lies: [Lie] = [
        Lie("an id twice", "another one has") { pack in
            var ids = pack.records(of: .items)
            ids[5].1 = ids[2].1
            pack.set(.items, ids)
        },
        Lie("an index left out", "is missing") { pack in
            var ids = pack.records(of: .users)
            ids[3].0 = 9
            pack.set(.users, Array(ids.prefix(4)))
            pack.records[.users] = 7
        },
        Lie("fewer ids than the version has", "says that there are") { pack in pack.set(.users, Array(pack.records(of: .users).dropLast()))
        },
        Lie("an id of no bytes", "an id has") { pack in
            var ids = pack.records(of: .users)
            ids[1].1 = []
            pack.set(.users, ids)
        },
        Lie("an id that is no text", "is not text") { pack in
            var ids = pack.records(of: .users)
            ids[1].1 = [0xFF, 0xFE]
            pack.set(.users, ids)
        },
        Lie("an id that is too long", "longer than one can be") { pack in
            var ids = pack.records(of: .users)
            ids[1].1 = [UInt8](repeating: 97, count: 501)
            pack.set(.users, ids)
        },
        Lie("a record that ends behind its section", "end within a record") { pack in
            pack.sections[.likes] = word(0) + word(40) + [1, 2, 3]
            pack.records[.likes] = 1
        },
        Lie("a record as long as numbers go", "longer than one can be") { pack in
            pack.sections[.names] = word(0) + word(.max) + [1, 2, 3]
            pack.records[.names] = 1
        },
        Lie("names out of order", "do not ascend") { pack in pack.set(.names, pack.records(of: .names).reversed()) },
        Lie("a name of no item", "there are 11 items") { pack in
            var details = ItemDetails()
            details.nameBytes = [65]
            pack.set(.names, [(4_000_000_000, details.bytes(item: 4_000_000_000))])
        },
        Lie("likes of items that are not there", "not below") { pack in pack.set(.likes, [(0, word(11))]) },
        Lie("likes of a user who is not there", "there are 7 users") { pack in pack.set(.likes, [(7, word(1))]) },
        Lie("likes of nothing", "not a list") { pack in pack.set(.dislikes, [(0, [])]) },
        Lie("a count that is not true", "there are") { pack in pack.records[.likes] = 1 },
        Lie("more records than bytes", "records are said to lie") { pack in pack.records[.likes] = .max },
        Lie("a block that nothing leads to", "does not lead to") { pack in
            pack.blocks.append(
                BlockHeader(kind: .rows, element: .float32, rows: 1, rowByteCount: 64, payloadByteCount: 64).makeBlock { _ in })
        },
        Lie("a block left out", "is missing") { pack in pack.blocks.removeLast() },
        Lie("a block twice", "is there twice") { pack in pack.blocks.append(pack.blocks[0]) },
        Lie("bytes that are no block", "it is no block") { pack in
            let noBlock = [UInt8](repeating: 7, count: 4_080)
            pack.blocks.append(noBlock)
            try pack.change { $0.matrices[0].root = BlockHash(of: noBlock) }
        },
        Lie("a block of no bytes", "no block has 0 bytes") { pack in
            pack.sections[.blockIndex]!.replaceSubrange(32..<36, with: word(0))
        },
        Lie("a block as long as numbers go", "no block has") { pack in
            pack.sections[.blockIndex]!.replaceSubrange(32..<36, with: word(.max))
        },
        Lie("a block longer than the pack", "longer than the pack") { pack in
            pack.sections[.blockIndex]!.replaceSubrange(32..<36, with: word(1 << 29))
        },
        Lie("another level in the index", "another level") { pack in pack.sections[.blockIndex]![36] = 3 },
        Lie("a value that is not a number", "not finite") { pack in
            try changeBlock(&pack, where: { $0.kind == .rows && $0.element == .float32 }) { block in
                block.replaceSubrange(48..<52, with: [0, 0, 0xC0, 0x7F])
            }
        },
        Lie("padding that is not zero", "it is no block") { pack in
            try changeBlock(&pack, where: { $0.kind == .rows && $0.element == .uint32 }) { block in block[block.count - 1] = 1 }
        },
        Lie("numbers of a layer that do not ascend", "do not ascend") { pack in
            try changeBlock(&pack, where: { $0.kind == .rows && $0.element == .uint32 }) { block in
                block.replaceSubrange(48..<52, with: word(3))
            }
        },
        Lie("numbers of a layer that pass the end", "pass the end") { pack in
            try changeBlock(&pack, where: { $0.kind == .rows && $0.element == .uint32 }) { block in
                block.replaceSubrange(56..<60, with: word(11))
            }
        },
        Lie("an index of more blocks than it says", "another level") { pack in
            try changeBlock(&pack, where: { $0.kind == .index }) { block in block.replaceSubrange(8..<12, with: word(3)) }
        },
        Lie("the rows of one matrix as those of another", "another level") { pack in
            try pack.change { $0.matrices[0].root = $0.matrix("items.notes")?.root }
        },
        Lie("a layer of another width", "is not what the manifest says") { pack in
            try pack.change { $0.layers![0].roots["terms"] = $0.layers![0].roots["representations"] }
        },
        Lie("a tree of endless repetition", "more blocks than there are") { pack in
            // Seven blocks that stand for 126 to the power of 6.
            var child = BlockHeader(kind: .rows, element: .float32, rows: 1, rowByteCount: 4_032, payloadByteCount: 4_032).makeBlock { _ in
            }
            var added = [child]
            for level in 1...5 {
                let hash = BlockHash(of: child)
                child = BlockHeader(
                    kind: .index, element: .none, level: UInt16(level), rows: 126, rowByteCount: 32, payloadByteCount: 126 * 32
                ).makeBlock { memory in
                    for place in 0..<126 { memory.baseAddress!.advanced(by: 32 * place).copyMemory(from: hash.bytes, byteCount: 32) }
                }
                added.append(child)
            }
            let root = BlockHash(of: child)
            pack.blocks += added.reversed()
            try pack.change {
                let layout = MatrixLayout(name: "items.other", element: .float32, columns: 1_008, alignment: 64, pages: 1)
                var matrix = MatrixDescriptor(layout: layout, rows: 4_000_000_000, root: root, depth: 5)
                matrix.rowsPerBlock = 1
                $0.matrices.append(matrix)
            }
        },
        Lie("numbers that do not fit each other", "do not fit each other") { pack in try pack.change { $0.matrices[0].depth = 5 } },
        Lie("a manifest of another version", "it is the manifest of") { pack in try pack.change { $0.version = Version(rawValue: 8) } },
        Lie("no manifest", "manifest") { pack in pack.sections[.manifest] = [] },
        Lie("a part as a whole", "earlier packs of a remote lack") { pack in
            (pack.header.isPart, pack.header.place, pack.header.previous) = (true, 1, nil)
        },
    ]

    @Test(arguments: lies)
    func `Lies whose hashes are right are refused with words, and change nothing`(lie: Lie) throws {
        let (from, to) = (try TemporaryStore(), try TemporaryStore())
        try from.fillForPacks()
        var pack = try OpenPack(from.pack())
        #expect(try TemporaryStore().takeIn(pack.bytes).version.rawValue == 1, "untouched, it is taken in")
        try lie.tell(&pack)
        let before = try to.dump()
        let error = #expect(throws: StoreError.self) { try to.takeIn(pack.bytes) }
        #expect(error?.description.contains(lie.words) == true, "\(error?.description ?? "")")
        #expect(try to.dump() == before)
    }
}
