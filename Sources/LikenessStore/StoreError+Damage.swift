package import LMDB
package import LikenessFormat

extension StoreError {
    /// The value of `parse`, or its damage with the table and key that it is in.
    package static func parsing<Value>(
        _ table: String, _ key: @autoclosure () -> String, _ parse: @autoclosure () throws(Damage) -> Value
    ) throws(StoreError) -> Value {
        do { return try parse() } catch { throw .damaged(table: table, key: key(), reason: error.reason) }
    }

    /// What `parse` makes of a key, or its damage with the table and the key.
    package static func parsing<Value>(
        _ table: Table, _ key: RawSpan, _ parse: (RawSpan) throws(Damage) -> Value
    ) throws(StoreError) -> Value {
        do { return try parse(key) } catch {
            throw .damaged(table: table.name, key: key.copied.printedKey, reason: error.reason)
        }
    }
}

extension SealedJSON {
    /// Encodes a value for a record of a table.
    package static func seal(_ value: some Encodable, table: String, key: String) throws(StoreError) -> [UInt8] {
        try StoreError.parsing(table, key, try seal(value))
    }
}
