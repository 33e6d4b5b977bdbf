import Foundation
import Testing

@testable import LikenessFormat

/// Small random numbers, the same on every machine.
private struct Dice {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(bound, 1)))
    }
}

/// A parser of bytes, records to begin with, and how a changed record is made to pass its checksum.
private struct Target {
    let name: String
    let seeds: [[UInt8]]
    var seal: ([UInt8]) -> [UInt8] = { $0 }
    let parse: (RawSpan) throws -> Void

    static func trailing(_ entity: UInt32) -> ([UInt8]) -> [UInt8] {
        { bytes in
            guard bytes.count >= 4 else { return bytes }
            return with(bytes, at: bytes.count - 4, CRC32C.checksum(of: Array(bytes.dropLast(4)).span.bytes, at: entity))
        }
    }

    static func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.checksum($0) } }

    static func with(_ bytes: [UInt8], at place: Int, _ word: UInt32) -> [UInt8] {
        var bytes = bytes
        for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: word >> (8 * UInt32(byte))) }
        return bytes
    }

    static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        bytes.count > 48 ? with(bytes, at: 44, crc(Array(bytes[0..<44] + bytes[48...]))) : bytes
    }

    static func json(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 48 else { return bytes }
        let body = Array(bytes[48...])
        var length: [UInt8] = []
        length.append(littleEndian: UInt64(body.count))
        return bytes[0..<8] + length + BlockHash(of: body).bytes + body
    }
}

/// Whatever bytes a parser is given, it gives a value or an error, and never traps. `LIKENESS_FUZZ` says how many runs a parser gets.
@Suite struct FuzzTests {
    private static let runs = ProcessInfo.processInfo.environment["LIKENESS_FUZZ"].flatMap(Int.init) ?? 40_000

    private static func histories() -> [[UInt8]] {
        var chunk = HistoryChunk()
        (chunk.offsets, chunk.others) = ([0, 2, 2, 5], [1, 2, 3, 4, 5])
        var full = chunk
        (full.weights, full.kinds) = ([1, 2, 0, 1, 0.5], [0, 1, 0, 1, 0])
        return [chunk.bytes, full.bytes]
    }

    private static func events(_ shape: LikeShape) -> LikeColumns {
        var columns = LikeColumns(shape)
        for row in 0..<9 {
            columns.users.append(UInt32(row % 4))
            columns.items.append(UInt32(row))
            columns.weights?.append(Float(row))
            columns.times?.append(Int64(row))
            columns.kinds?.append(UInt8(row % 3))
        }
        return columns
    }

    private static func manifest() -> Manifest {
        let layout = MatrixNames.representations(.item, components: 8)
        let matrix = MatrixDescriptor(layout: layout, rows: 3, root: BlockHash(of: [1, 2, 3]), depth: 0)
        var manifest = Manifest(
            version: Version(rawValue: 7), parent: Version(rawValue: 3), created: 5, creator: "a", watermark: SequenceNumber(rawValue: 9),
            likes: 3,
            trainedLikes: 3, vocabularies: .init(users: 3, items: 3, itemFeatures: 2, userFeatures: 0), components: 8, epochs: 1,
            featureWeighting: "none", hyperparameters: .object(["loss": .string("warp")]), randomState: .null, metrics: ["a": 1.5],
            matrices: [matrix])
        manifest.layers = [LayerDescriptor(kind: .item, rows: 2, roots: ["numbers": BlockHash(of: [4])])]
        manifest.totals = VersionTotals()
        return manifest
    }

    private static func study() -> Study {
        Study(
            number: 3, created: 5, creator: "a", watermark: SequenceNumber(rawValue: 9), metric: "ndcg@10", seed: 1, initialTrials: 10,
            heldOut: 5, fraction: 0.2, minimumUserLikes: 5, minimumItemLikes: 5,
            starts: [TrialSettings(loss: "als", values: ["components": .number(64), "features": .name("none")])],
            space: .object(["als": .object(["components": .array([.integer(64)])])]),
            test: StudyTest(trial: 2, reads: 1, users: 9, best: 0.5, standard: 0.25, low: 0.125, high: 0.375))
    }

    private static func trial() -> Trial {
        Trial(
            study: 3, number: 2, settings: TrialSettings(loss: "als", values: ["components": .number(64)]), origin: .model,
            curve: [.init(epochs: 4, value: 0.25), .init(epochs: 8, value: 0.5)], seconds: 1.5)
    }

    private static func index() -> SearchIndexRecord {
        func descriptor(_ layout: MatrixLayout, _ rows: Int) -> MatrixDescriptor {
            MatrixDescriptor(layout: layout, rows: rows, root: BlockHash(of: [UInt8(rows)]), depth: 0)
        }
        var record = SearchIndexRecord(
            version: Version(rawValue: 7), manifest: BlockHash(of: [1]), kind: .item, components: 8, lists: 2, rows: 3, created: 5,
            curves: ["cosine": [.init(probes: 1, recall: 0.5), .init(probes: 2, recall: 1)]],
            matrices: SearchIndexRecord.layouts(.item, components: 8, lists: 2, rows: 3).map { descriptor($0.layout, $0.rows) })
        record.layers = [
            .init(rows: 2, matrices: SearchIndexRecord.layerLayouts(.item, components: 8).map { descriptor($0, 2) })
        ]
        (record.present, record.placed, record.measured) = (4, 2, Version(rawValue: 6))
        return record
    }

    private static func featureRows() -> [UInt8] {
        FeatureRowsBlock.make(
            FeatureRowsColumns(offsets: [0, 2, 2, 3], identityWeights: [1, 1, 0], columns: [0, 1, 1], weights: [0.5, 0.5, 1]), rows: 0..<3)
    }

    private static func replication(_ alias: AliasName) throws -> Target {
        var remote = RemoteRecord(store: (1, 2), primary: "here:/store", created: 3, contents: .everything, epoch: 2)
        (remote.standby, remote.publications, remote.pack, remote.place) = (remote.store, 7, BlockHash(of: [3]), 5)
        let pointer = RemotePointer(
            alias: alias.text, version: Version(rawValue: 7), rootHash: BlockHash(of: [1]), moves: 3, kind: .rollback, who: "a", when: 1,
            pack: BlockHash(of: [2]), place: 2, published: 4)
        var replica = ReplicaRecord(remote: "/remote", store: remote.store, primary: remote.primary)
        (replica.pack, replica.place) = (pointer.pack, 2)
        replica.aliases[alias.text] = .init(version: pointer.version, moves: 3, published: 4, pulled: 5)
        return Target(
            name: "replication",
            seeds: [
                try SealedJSON.seal(remote), try SealedJSON.seal(pointer), try SealedJSON.seal(replica),
                try SealedJSON.seal(PrimaryEpoch(2)),
            ], seal: Target.json
        ) {
            _ = try? RemoteRecord.parse($0)
            _ = try? RemotePointer.parse($0, alias: alias)
            _ = try? PrimaryEpoch.parse($0)
            _ = try ReplicaRecord.parse($0)
        }
    }

    private static func packHeaders() -> Target {
        var sections: [PackSection] = []
        var offset = PackHeader.byteCount
        for kind in PackSectionKind.allCases {
            let section = PackSection(
                kind: kind, offset: offset, byteCount: 1_000 + Int(kind.rawValue), records: 1, hash: BlockHash(of: [UInt8(kind.rawValue)]))
            sections.append(section)
            offset += section.byteCount
        }
        let whole = PackHeader(
            version: Version(rawValue: 7), store: (1, 2), sequence: SequenceNumber(rawValue: 9),
            lengths: .init(users: 1, items: 1, itemFeatures: 1, userFeatures: 1), sections: sections)
        let part = PackHeader(
            isPart: true, isForStandbys: true, version: Version(rawValue: 7), store: (1, 2), place: 2, sequence: .zero,
            previous: BlockHash(of: [7]),
            lengths: .init(users: 4, items: 4, itemFeatures: 4, userFeatures: 4), sections: sections)
        let byteCount = whole.packByteCount
        var target = Target(name: "pack headers", seeds: [whole.bytes, part.bytes]) {
            let header = try PackHeader($0, fileByteCount: byteCount)
            // What was understood lies inside the file.
            for section in header.sections { precondition(section.offset + section.byteCount <= byteCount) }
            precondition(header.packByteCount == byteCount)
        }
        target.seal = { $0.count < PackHeader.byteCount ? $0 : Array($0[..<1_152]) + BlockHash(of: Array($0[..<1_152])).bytes }
        return target
    }

    private static func targets() throws -> [Target] {
        let alias = try #require(AliasName("production"))
        let move = AliasMove(number: 1, kind: .publish, when: 1, who: "a", from: nil, to: Version(rawValue: 1), previousMove: nil)
        let shapes: [LikeShape] = [[], [.weights], [.weights, .times, .kinds]]
        var details = ItemDetails()
        details.nameBytes = Array("Blue Elf".utf8)
        details.set(9, [1, 2])
        var keys = Target(
            name: "keys",
            seeds: [
                [0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2],
                Array("production\u{0}".utf8) + [0, 0, 0, 0, 0, 0, 0, 1],
            ]
        ) {
            _ = try? IndexKey($0, below: 5)
            _ = try? SequenceKey($0)
            _ = try? VersionKey($0)
            _ = try? BlockKey($0)
            _ = try? SearchIndexKey($0)
            _ = try? AliasKey($0)
            _ = try? StudyKey($0)
            _ = try? TrialKey($0)
            _ = try AliasMoveKey($0)
        }
        keys.seal = { $0 }
        return [
            keys,
            Target(
                name: "header", seeds: [StoreHeader(identity: (1, 2), created: 3).bytes],
                seal: {
                    $0.count == 64 ? Target.with($0, at: 56, Target.crc(Array($0[0..<56]))) : $0
                }
            ) { _ = try StoreHeader($0) },
            Target(name: "identifiers", seeds: [Array("user-1".utf8), Array("é".utf8), [5, 0, 0, 0]]) {
                _ = try? Identifier.parse($0)
                _ = try VocabularyIndex.parse($0, below: 9)
            },
            Target(
                name: "counts", seeds: [OpinionCounts(likes: 3, dislikes: 1).bytes],
                seal: { $0.count == 20 ? Target.with($0, at: 16, Target.crc(Array($0[0..<16]))) : $0 }
            ) { _ = try OpinionCounts($0) },
            Target(name: "index lists", seeds: [[0, 0, 0, 0, 4, 0, 0, 0]]) {
                var list: [UInt32] = []
                _ = try? IndexList.count($0)
                try IndexList.parse($0, below: 9, into: &list)
            },
            Target(name: "seen lists", seeds: [SeenList.bytes([0, 4], user: 2)], seal: Target.trailing(2)) {
                var list: [UInt32] = []
                try SeenList.parse($0, user: 2, below: 9, into: &list)
            },
            Target(
                name: "feature lists", seeds: [FeatureList.bytes([(0, 1), (3, 0.5)], entity: 2)],
                seal: Target.trailing(2)
            ) { _ = try FeatureList.parse($0, entity: 2, below: 9) },
            Target(
                name: "item details", seeds: [details.bytes(item: 1)], seal: Target.trailing(1)
            ) {
                _ = try ItemDetails($0, item: 1)
            },
            Target(
                name: "log chunks", seeds: shapes.map { LogChunk.encode(events($0), first: SequenceNumber(rawValue: 1)) },
                seal: Target.chunk
            ) {
                let key: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
                let header = try LogChunk.header($0, key: key.span.bytes)
                _ = try LogChunk.columns($0, header, users: 5, items: 9)
            },
            Target(
                name: "blocks",
                seeds: [
                    featureRows(),
                    BlockHeader(kind: .index, element: .none, level: 1, rows: 2, rowByteCount: 32, payloadByteCount: 64).makeBlock { _ in },
                ]
            ) {
                guard let header = BlockHeader($0) else { return }
                _ = header.isPaddingZero(in: $0)
                _ = try? header.children(in: $0)
                if header.kind == .featureRows { _ = FeatureRowsBlock.forEachEntry($0, header: header, below: 2) { _, _ in } }
                var rows = FeatureRowsColumns()
                try FeatureRowsBlock.append($0, header: header, below: 2, to: &rows)
            },
            Target(
                name: "histories",
                seeds: histories() + [
                    HistoriesHeader(watermark: SequenceNumber(rawValue: 9), generation: 3, users: 4, items: 5).bytes,
                    HistoryKey(2, .item, firstRow: 7).bytes,
                ],
                seal: {
                    switch $0.count {
                    case 24: Target.with($0, at: 20, Target.crc(Array($0[0..<20])))
                    case 25...: Target.with($0, at: 16, Target.crc(Array($0[0..<16] + $0[20...])))
                    default: $0
                    }
                }
            ) {
                _ = try? HistoryKey($0)
                _ = try? HistoriesHeader($0)
                _ = try HistoryChunk($0, firstRow: 2, below: 9, others: 9)
            },
            Target(name: "manifests", seeds: [try SealedJSON.seal(manifest())], seal: Target.json) {
                let manifest = try Manifest.parse($0, version: Version(rawValue: 7))
                _ = manifest.roots
                for layer in manifest.layers ?? [] { _ = layer.matrices(components: manifest.components) }
            },
            Target(name: "indexes", seeds: [try SealedJSON.seal(index())], seal: Target.json) {
                _ = try? SearchIndexKey($0)
                let record = try SearchIndexRecord.parse($0, key: SearchIndexKey(Version(rawValue: 7), .item))
                _ = record.roots
            },
            packHeaders(),
            try replication(alias),
            Target(
                name: "pack records",
                seeds: [PackEntry(hash: BlockHash(of: [1]), blockByteCount: 4_080, level: 1).bytes, [1, 0, 0, 0, 2, 0, 0, 0]]
            ) {
                _ = try? PackRecord.header($0, after: nil, limit: 500)
                _ = try PackEntry($0)
            },
            Target(
                name: "aliases",
                seeds: [
                    try SealedJSON.seal(Alias(name: "production", version: Version(rawValue: 1), moveInForce: 1, moves: 1)),
                    try SealedJSON.seal(move),
                ],
                seal: Target.json
            ) {
                _ = try? Alias.parse($0, name: alias)
                _ = try AliasMove.parse($0, number: 1)
            },
            Target(
                name: "forgets",
                seeds: [
                    try SealedJSON.seal(Forgetting(users: [1, 3], items: [2])),
                    try SealedJSON.seal(Forgotten(sequence: SequenceNumber(rawValue: 9))),
                ],
                seal: Target.json
            ) {
                _ = try? Forgotten.parse($0)
                _ = try Forgetting.parse($0, users: 5, items: 5)
            },
            Target(name: "studies", seeds: [try SealedJSON.seal(study()), try SealedJSON.seal(trial())], seal: Target.json) {
                _ = try? Study.parse($0, number: 3)
                let trial = try Trial.parse($0, key: TrialKey(study: 3, trial: 2))
                _ = trial.best
            },
        ]
    }

    /// One place for each target, since arguments are made before the targets.
    private static let places = 0..<19

    @Test("Every target has its place")
    func everyTarget() throws { #expect(try Self.targets().count == Self.places.count) }

    @Test("Every target understands one of its seeds", arguments: places)
    func seeds(place: Int) throws {
        let target = try Self.targets()[place]
        let understood = target.seeds.count { seed in
            seed.withUnsafeBytes { bytes in (try? target.parse(RawSpan(_unsafeBytes: bytes))) != nil }
        }
        #expect(understood > 0, "\(target.name)")
    }

    @Test("Mutated records are understood or refused", arguments: places)
    func mutated(place: Int) throws {
        let target = try Self.targets()[place]
        var dice = Dice(state: UInt64(place) + 99)
        let words: [[UInt8]] = [[0, 0, 0, 0], [255, 255, 255, 255], [255, 255, 255, 127], [0, 0, 0, 128], [0, 0, 0xC0, 0x7F]]
        let numbers = ["-1", "4611686018427387904", "18446744073709551615", "1e300", "null", "\"x\"", "[]", "{}", "0.5"].map {
            Array($0.utf8)
        }
        for _ in 0..<(["manifests", "aliases", "forgets", "studies", "replication"].contains(target.name) ? Self.runs / 8 : Self.runs) {
            var record = target.seeds[dice.next(target.seeds.count)]
            for _ in 0...dice.next(4) {
                let at = dice.next(record.count)
                switch dice.next(7) {
                case 0: if !record.isEmpty { record[at] ^= UInt8(1 << dice.next(8)) }
                case 1: if !record.isEmpty { record[at] = UInt8(dice.next(256)) }
                case 2: record.removeSubrange(min(at, record.count)..<min(record.count, at + dice.next(9)))
                case 3: record.insert(contentsOf: (0..<dice.next(9)).map { _ in UInt8(dice.next(256)) }, at: min(at, record.count))
                case 4: record = Array(record.prefix(at))
                case 5:
                    let word = words[dice.next(words.count)]
                    if record.count >= at + 4 { record.replaceSubrange(at..<at + 4, with: word) }
                default:
                    // A number of the JSON becomes another.
                    guard let digit = record.indices.first(where: { $0 >= max(at, 48) && (48...57).contains(record[$0]) }) else { continue }
                    let end = record[digit...].firstIndex { !(48...57).contains($0) } ?? record.count
                    record.replaceSubrange(digit..<end, with: numbers[dice.next(numbers.count)])
                }
            }
            if dice.next(4) > 0 { record = target.seal(record) }
            record.withUnsafeBytes { bytes in _ = try? target.parse(RawSpan(_unsafeBytes: bytes)) }
        }
    }
}
