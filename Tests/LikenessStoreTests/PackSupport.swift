import Foundation
import LMDB
import LikenessFormat

@testable import LikenessStore

extension TemporaryStore {
    /// Likes, dislikes, names and labels of a few users and items, and a version of two matrices and a layer over one of them.
    func fillForPacks(seed: Int = 0) throws {
        func bytes(_ text: String, _ body: (UnsafeRawBufferPointer) -> Void) { Array(text.utf8).withUnsafeBytes(body) }
        for kind in [LikeKind.like, .dislike] {
            var writer = LikesWriter(store, kind: kind)
            for row in 0..<60 where (row % 5 == 0) == (kind == .dislike) {
                bytes("user-\(row % 7 + seed)") { user in
                    bytes("item-\(row * 7 % 11)") { item in
                        bytes("Name \(row % 3)") { writer.add(user: user, item: item, name: $0, weight: 1, time: nil) }
                    }
                }
            }
            _ = try writer.commit()
        }
        var features = FeaturesWriter(store, of: .item)
        for item in 0..<11 {
            bytes("item-\(item)") { entity in bytes("tag:\(item % 4)") { features.add(entity: entity, label: $0, weight: 1) } }
        }
        _ = try features.commit()
        let lengths = try read { (transaction) throws(StoreError) in
            Manifest.Lengths(
                users: Int(try Vocabulary(.user, in: store.tables).length(in: transaction)),
                items: Int(try Vocabulary(.item, in: store.tables).length(in: transaction)),
                itemFeatures: Int(try Vocabulary(.itemFeature, in: store.tables).length(in: transaction)), userFeatures: 0)
        }
        var writer = BlockTreeWriter(store)
        let users = try floats(MatrixNames.representations(.user, components: 8), rows: lengths.users, seed: seed, &writer)
        // Two levels: rows of 64 bytes, one block for each 63 of them.
        let wide = MatrixLayout(name: "items.notes", element: .float32, columns: 8, alignment: 64, pages: 1)
        let notes = try floats(wide, rows: 200, seed: seed, &writer)
        let numbers = try writer.write(MatrixNames.numbers(.item), rows: 3) { rows, memory in
            for row in rows { memory.storeBytes(of: UInt32(2 * row + 1).littleEndian, toByteOffset: 4 * row, as: UInt32.self) }
        }
        let layered = try floats(MatrixNames.representations(.item, components: 8), rows: 3, seed: seed, &writer)
        try writer.finish()
        var draft = Manifest(
            version: Version(rawValue: 1), parent: nil, created: 1, creator: "test", watermark: SequenceNumber(rawValue: 9), likes: 3,
            trainedLikes: 3, vocabularies: lengths, components: 8, epochs: 1, featureWeighting: "none", hyperparameters: .null,
            randomState: .null, metrics: ["a": 1.5], matrices: [users, notes])
        draft.layers = [
            LayerDescriptor(kind: .item, rows: 3, roots: ["numbers": numbers.root!, "representations": layered.root!])
        ]
        _ = try store.catalog.publish(
            draft, blockBytes: 0, alias: "production", note: "a note", by: "test", keeping: store.keepBlocks())
    }

    private func floats(
        _ layout: MatrixLayout, rows: Int, seed: Int, _ writer: inout BlockTreeWriter
    ) throws -> MatrixDescriptor {
        try writer.write(layout, rows: rows) { range, memory in
            for (place, row) in range.enumerated() {
                for column in 0..<layout.columns {
                    memory.storeBytes(
                        of: Float(row * 31 + column + seed), toByteOffset: place * layout.rowByteCount + 4 * column, as: Float.self)
                }
            }
        }
    }

    /// The bytes of a version's pack.
    func pack(_ version: UInt64 = 1) throws -> [UInt8] {
        let file = folder + "/" + UUID().uuidString
        defer { unlink(file) }
        try store.exportVersion(.version(Version(rawValue: version)), to: file)
        return Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    }

    /// Takes in a pack that is written to a file of its own.
    @discardableResult
    func takeIn(_ pack: [UInt8], alias: String? = nil) throws -> ImportReport {
        let file = folder + "/" + UUID().uuidString
        try Data(pack).write(to: URL(fileURLWithPath: file))
        defer { unlink(file) }
        return try store.importVersion(from: file, alias: alias)
    }
}

/// A pack taken apart, to be put together with lies in it and hashes that are right.
struct OpenPack {
    var header: PackHeader
    var sections: [PackSectionKind: [UInt8]] = [:]
    var records: [PackSectionKind: Int] = [:]

    init(_ pack: [UInt8]) throws {
        header = try pack.withUnsafeBytes { try PackHeader(RawSpan(_unsafeBytes: $0), fileByteCount: pack.count) }
        for section in header.sections {
            sections[section.kind] = Array(pack[section.offset..<section.offset + section.byteCount])
            records[section.kind] = section.records
        }
    }

    /// The pack with every hash made right.
    var bytes: [UInt8] {
        var header = header
        var offset = PackHeader.byteCount
        for (place, kind) in PackSectionKind.allCases.enumerated() {
            let contents = sections[kind] ?? []
            var digest = PackDigest()
            for start in stride(from: 0, to: contents.count, by: PackSection.chunkByteCount) {
                digest.add(Array(contents[start..<min(start + PackSection.chunkByteCount, contents.count)]).span.bytes)
            }
            header.sections[place] = PackSection(
                kind: kind, offset: offset, byteCount: contents.count, records: records[kind] ?? 0, hash: digest.hash)
            offset += contents.count
        }
        return header.bytes + PackSectionKind.allCases.flatMap { sections[$0] ?? [] }
    }

    /// Changes the manifest and seals it.
    mutating func change(_ body: (inout Manifest) -> Void) throws {
        var manifest = try (sections[.manifest] ?? []).withUnsafeBytes {
            try Manifest.parse(RawSpan(_unsafeBytes: $0), version: header.version)
        }
        body(&manifest)
        sections[.manifest] = try SealedJSON.seal(manifest)
    }

    /// Gives a section other records.
    mutating func set(_ kind: PackSectionKind, _ records: [(UInt32, [UInt8])]) {
        var bytes: [UInt8] = []
        for (key, value) in records { PackRecord.append(key, value.span.bytes, to: &bytes) }
        sections[kind] = bytes
        self.records[kind] = records.count
    }

    /// The records of a section.
    func records(of kind: PackSectionKind) -> [(UInt32, [UInt8])] {
        var (found, place): ([(UInt32, [UInt8])], Int) = ([], 0)
        let bytes = sections[kind] ?? []
        func word(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) } }
        while place < bytes.count {
            let count = Int(word(place + 4))
            found.append((word(place), Array(bytes[place + 8..<place + 8 + count])))
            place += 8 + count
        }
        return found
    }

    /// The blocks in order.
    var blocks: [[UInt8]] {
        get {
            var (found, place): ([[UInt8]], Int) = ([], 0)
            let (index, all) = (sections[.blockIndex] ?? [], sections[.blocks] ?? [])
            for entry in stride(from: 0, to: index.count, by: PackEntry.byteCount) {
                let count = (0..<4).reduce(0) { $0 | Int(index[entry + 32 + $1]) << (8 * $1) }
                found.append(Array(all[place..<place + count]))
                place += count
            }
            return found
        }
        set {
            sections[.blocks] = newValue.flatMap { $0 }
            sections[.blockIndex] = newValue.flatMap { block in
                let level = block.withUnsafeBytes { BlockHeader(RawSpan(_unsafeBytes: $0)).map { Int($0.level) } ?? 0 }
                return PackEntry(hash: BlockHash(of: block), blockByteCount: block.count, level: level).bytes
            }
            (records[.blocks], records[.blockIndex]) = (newValue.count, newValue.count)
        }
    }
}
