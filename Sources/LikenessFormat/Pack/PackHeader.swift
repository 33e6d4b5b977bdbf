/// The first 1,184 bytes of a pack: what it holds, and where.
///
/// ```
///   0 "LIKEPACK"   8 layout = 1 (UInt32)   12 flags (UInt32): 1 a part, 2 for standbys too   16 bytes of the file (UInt64)   24 version (UInt64)
///  32 the identity of the store that it is from (16 bytes)   48 place among the packs of a remote (UInt64)
///  56 last sequence number of the log that likes are as of (UInt64)   64 hash of the pack before it   96 sections = 16 (UInt32)
/// 100 lengths of the vocabularies after it: users, items, item features, user features (UInt32 each)   116 zero
/// 128 sections, 64 bytes each   1152 SHA-256 of bytes 0 ..< 1152
/// ```
/// The last hash names the pack and authenticates it: each section's hash is in the header, and the index has the hash of each block.
package struct PackHeader: Sendable, Equatable {
    package static let magic = Array("LIKEPACK".utf8)
    package static let currentLayout: UInt32 = 1
    package static let byteCount = hashOffset + BlockHash.byteCount
    private static let sectionsOffset = 128
    private static let hashOffset = sectionsOffset + PackSection.byteCount * PackSectionKind.allCases.count
    private static let partFlag: UInt32 = 1
    private static let standbyFlag: UInt32 = 2
    /// The vocabularies in the order of their sections.
    package static let vocabularies: [RowKind] = [.user, .item, .itemFeature, .userFeature]
    /// A manifest of more bytes is refused before it is read.
    package static let manifestByteLimit = 64 << 20

    /// Whether it lacks what packs before it have.
    package var isPart: Bool
    /// Whether it has what standbys hold: events, and features of items and users.
    package var isForStandbys: Bool
    /// The version's number in the store that it is from.
    package var version: Version
    /// Which store it is from.
    package var store: (UInt64, UInt64)
    /// Its place among the packs of a remote, from 1; 0 in a pack that stands alone.
    package var place: UInt64
    /// Likes and dislikes are as of this event of the log of the store that it is from.
    package var sequence: SequenceNumber
    /// The pack before it; nil in the first one, in one that begins a chain packed anew, and in a pack that stands alone.
    package var previous: BlockHash?
    /// How long the vocabularies are after it: its ids are the last ones.
    package var lengths: Manifest.Lengths
    /// One of each kind, in order.
    package var sections: [PackSection]

    package init(
        isPart: Bool = false, isForStandbys: Bool = false, version: Version, store: (UInt64, UInt64), place: UInt64 = 0,
        sequence: SequenceNumber,
        previous: BlockHash? = nil, lengths: Manifest.Lengths, sections: [PackSection]
    ) {
        precondition(sections.map(\.kind) == PackSectionKind.allCases)
        (self.isPart, self.isForStandbys) = (isPart, isForStandbys)
        (self.version, self.store, self.place) = (version, store, place)
        (self.sequence, self.previous, self.lengths, self.sections) = (sequence, previous, lengths, sections)
    }

    /// The section of a kind.
    package subscript(kind: PackSectionKind) -> PackSection {
        sections[Int(kind.rawValue) - 1]
    }

    /// Bytes of the whole pack.
    package var packByteCount: Int {
        sections.reduce(PackHeader.byteCount) { $0 + $1.byteCount }
    }

    /// The header as it is written.
    package var bytes: [UInt8] {
        let body = self.body
        return body + BlockHash(of: body).bytes
    }

    /// What names the pack and authenticates all of it.
    package var hash: BlockHash {
        BlockHash(of: body)
    }

    private var body: [UInt8] {
        var bytes = PackHeader.magic
        bytes.append(littleEndian: PackHeader.currentLayout)
        bytes.append(littleEndian: (isPart ? PackHeader.partFlag : 0) | (isForStandbys ? PackHeader.standbyFlag : 0))
        bytes.append(littleEndian: UInt64(packByteCount))
        bytes.append(littleEndian: version.rawValue)
        bytes.append(littleEndian: store.0)
        bytes.append(littleEndian: store.1)
        bytes.append(littleEndian: place)
        bytes.append(littleEndian: sequence.rawValue)
        bytes += previous?.bytes ?? [UInt8](repeating: 0, count: BlockHash.byteCount)
        bytes.append(littleEndian: UInt32(sections.count))
        for kind in PackHeader.vocabularies { bytes.append(littleEndian: UInt32(lengths[kind])) }
        bytes += [UInt8](repeating: 0, count: PackHeader.sectionsOffset - bytes.count)
        return bytes + sections.flatMap(\.bytes)
    }

    package static func == (left: PackHeader, right: PackHeader) -> Bool {
        left.body == right.body
    }

    /// Checks the first bytes of a pack and reads them.
    ///
    /// - Parameter fileByteCount: bytes of the whole file.
    package init(_ record: RawSpan, fileByteCount: Int) throws(Damage) {
        guard record.byteCount >= 12, PackHeader.magic.indices.allSatisfy({ record.byte(at: $0) == PackHeader.magic[$0] }) else {
            throw Damage("it does not begin as a pack does")
        }
        let layout: UInt32 = record.littleEndian(at: 8)
        guard layout == PackHeader.currentLayout else {
            throw Damage("it has layout \(layout), and this build reads layout \(PackHeader.currentLayout); use a newer `likeness`")
        }
        guard record.byteCount >= PackHeader.byteCount else { throw Damage("it ends within its header: it was cut short") }
        guard BlockHash(of: record.extracting(0..<PackHeader.hashOffset)) == BlockHash(record, at: PackHeader.hashOffset) else {
            throw Damage("its header is not what was written (its hash differs)")
        }
        let count: UInt64 = record.littleEndian(at: 16)
        guard count == UInt64(fileByteCount) else {
            throw Damage("it has \(fileByteCount) bytes of \(count): it was cut short, or has grown")
        }
        let flags: UInt32 = record.littleEndian(at: 12)
        guard flags & ~(PackHeader.partFlag | PackHeader.standbyFlag) == 0 else {
            throw Damage("it has flags that this build does not know; use a newer `likeness`")
        }
        isPart = flags & PackHeader.partFlag != 0
        isForStandbys = flags & PackHeader.standbyFlag != 0
        version = Version(rawValue: record.littleEndian(at: 24))
        store = (record.littleEndian(at: 32), record.littleEndian(at: 40))
        place = record.littleEndian(at: 48)
        sequence = SequenceNumber(rawValue: record.littleEndian(at: 56))
        let before = BlockHash(record, at: 64)
        previous = before.bytes.allSatisfy { $0 == 0 } ? nil : before
        guard version.isSound, place <= 1 << 53, sequence.rawValue <= SequenceNumber.range.upperBound, isPart == (place > 0),
            previous == nil || place > 1, isPart || !isForStandbys
        else { throw Damage("the numbers in its header do not fit each other") }
        guard record.littleEndian(at: 96, as: UInt32.self) == UInt32(PackSectionKind.allCases.count),
            (116..<PackHeader.sectionsOffset).allSatisfy({ record.byte(at: $0) == 0 })
        else { throw Damage("its header has other sections than this build knows; use a newer `likeness`") }
        let lengths = (0..<4).map { Int(record.littleEndian(at: 100 + 4 * $0, as: UInt32.self)) }
        guard lengths.allSatisfy({ $0 < Int(UInt32.max) }) else { throw Damage("no vocabulary is as long as its header says") }
        self.lengths = Manifest.Lengths(users: lengths[0], items: lengths[1], itemFeatures: lengths[2], userFeatures: lengths[3])
        var sections: [PackSection] = []
        var end = PackHeader.byteCount
        for (place, kind) in PackSectionKind.allCases.enumerated() {
            let section = try PackSection(
                record, at: PackHeader.sectionsOffset + PackSection.byteCount * place, kind: kind, from: end, end: fileByteCount)
            sections.append(section)
            end += section.byteCount
        }
        self.sections = sections
        guard end == fileByteCount else { throw Damage("its sections end at \(end), and it has \(fileByteCount) bytes") }
        guard self[.manifest].records == 1, self[.manifest].byteCount <= PackHeader.manifestByteLimit else {
            throw Damage("its manifest has \(self[.manifest].byteCount) bytes, and at most \(PackHeader.manifestByteLimit) are read")
        }
        for kind in PackHeader.vocabularies {
            let count = self[PackSectionKind(vocabulary: kind)].records
            guard count <= self.lengths[kind], isPart || count == self.lengths[kind] else {
                throw Damage("it has \(count) \(PackSectionKind(vocabulary: kind)), and says that there are \(self.lengths[kind])")
            }
        }
    }
}
