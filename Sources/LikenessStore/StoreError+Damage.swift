import LikenessFormat

extension StoreError {
    /// The value of `parse`, or its damage with the table and key that it is in.
    static func parsing<Value>(
        _ table: String, _ key: @autoclosure () -> String, _ parse: @autoclosure () throws(Damage) -> Value
    ) throws(StoreError) -> Value {
        do { return try parse() } catch { throw .damaged(table: table, key: key(), reason: error.reason) }
    }
}

extension SealedJSON {
    /// Encodes a value for a record of a table.
    package static func seal(_ value: some Encodable, table: String, key: String) throws(StoreError) -> [UInt8] {
        try StoreError.parsing(table, key, try seal(value))
    }

    /// Checks a record of a table and decodes it.
    package static func open<Value: Decodable>(
        _ record: RawSpan, as type: Value.Type, table: String, key: String
    ) throws(StoreError) -> Value {
        try StoreError.parsing(table, key, try open(record, as: type))
    }
}
