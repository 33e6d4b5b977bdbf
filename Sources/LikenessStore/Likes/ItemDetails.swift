package import LMDB
import LikenessFormat

/// An item's name and other texts that are not features: `item.details`.
///
/// ```
/// field (UInt8)  byte count (UInt32)  bytes  | next field …        fields ascend: 1 name
/// ```
package enum ItemDetails {
    private static let nameField: UInt8 = 1

    /// The item's name, or nil if it has none.
    package static func name<Reader: TableReader & ~Copyable>(
        of item: UInt32, in reader: borrowing Reader, _ tables: StoreTables
    ) throws(StoreError) -> String? where Reader.Failure == StoreError {
        guard let record = try reader.get(item, in: tables.itemDetails) else { return nil }
        guard record.byteCount >= 5, record.byte(at: 0) == nameField,
            Int(record.littleEndian(at: 1, as: UInt32.self)) == record.byteCount - 5
        else {
            throw .damaged(
                table: tables.itemDetails.name, key: item.printedKey, reason: "its fields do not fit its length")
        }
        return record.extracting(5..<record.byteCount).text
    }

    /// The record that holds a name.
    static func record(name: [UInt8]) -> [UInt8] {
        var bytes = [nameField]
        bytes.append(littleEndian: UInt32(name.count))
        bytes.append(contentsOf: name)
        return bytes
    }
}
