/// The value of `item.details`: an item's name and other texts that are not features.
///
/// ```
/// tag (UInt8)  byte count (UInt32)  bytes  | next field …  | CRC-32C (UInt32)        tags ascend: 1 name
/// ```
/// The checksum is of the key and all that comes before it. Fields that this build does not know are kept.
package struct ItemDetails: Equatable, Sendable {
    private static let nameTag: UInt8 = 1

    /// One field.
    package struct Field: Equatable, Sendable {
        package let tag: UInt8
        package let bytes: [UInt8]

        package init(tag: UInt8, bytes: [UInt8]) {
            self.tag = tag
            self.bytes = bytes
        }
    }

    /// The fields, tags ascending.
    package private(set) var fields: [Field] = []

    /// No details.
    package init() {}

    /// Checks a record and reads it.
    package init(_ record: RawSpan, item: UInt32) throws(Damage) {
        let end = record.byteCount - 4
        guard end > 0 else { throw Damage("it has \(record.byteCount) bytes, and needs more") }
        let content = record.extracting(0..<end)
        guard record.littleEndian(at: end, as: UInt32.self) == CRC32C.checksum(of: content, at: item) else {
            throw Damage("its checksum is wrong")
        }
        var offset = 0
        while offset < end {
            guard end - offset >= 5 else { throw Damage("its fields do not fit its length") }
            let tag = content.byte(at: offset)
            let count = Int(content.littleEndian(at: offset + 1, as: UInt32.self))
            guard count <= end - offset - 5 else { throw Damage("its fields do not fit its length") }
            guard tag > fields.last?.tag ?? 0 else { throw Damage("its fields do not ascend") }
            let bytes = content.extracting(offset + 5..<offset + 5 + count).copied
            guard tag != ItemDetails.nameTag || String(validating: bytes, as: UTF8.self) != nil else {
                throw Damage("its name is not text")
            }
            fields.append(Field(tag: tag, bytes: bytes))
            offset += 5 + count
        }
    }

    /// The item's name as UTF-8; nil if it has none.
    package var nameBytes: [UInt8]? {
        get { fields.first { $0.tag == ItemDetails.nameTag }?.bytes }
        set { set(ItemDetails.nameTag, newValue) }
    }

    /// The item's name; nil if it has none.
    package var name: String? {
        nameBytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Gives a field its bytes, or removes it. The others stay.
    package mutating func set(_ tag: UInt8, _ bytes: [UInt8]?) {
        fields.removeAll { $0.tag == tag }
        guard let bytes else { return }
        fields.insert(Field(tag: tag, bytes: bytes), at: fields.firstIndex { $0.tag > tag } ?? fields.count)
    }

    /// The record of an item.
    package func bytes(item: UInt32) -> [UInt8] {
        var record: [UInt8] = []
        for field in fields {
            record.append(field.tag)
            record.append(littleEndian: UInt32(field.bytes.count))
            record += field.bytes
        }
        record.append(littleEndian: unsafe CRC32C.checksum(of: record.span.bytes, at: item))
        return record
    }
}
