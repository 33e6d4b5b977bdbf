import DelimitedText
import LikenessFormat
public import LikenessStore

extension Store {
    /// Takes the features of items or users in. A feature's label is `type:value`, both in lower case.
    ///
    /// Features of an item that no like has named yet are kept: the item joins the vocabulary, and its features are there when its
    /// likes arrive.
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard input.
    ///   - progress: called several times a second; returns false to stop behind what is read so far.
    /// - Throws: `IngestError`; what was durable before stays.
    @discardableResult
    public func ingestFeatures(
        from path: String, of owner: FeatureOwner = .items, columns: FeaturesColumns = FeaturesColumns(),
        options: IngestOptions = IngestOptions(), progress: (IngestProgress) -> Bool = { _ in true }
    ) throws(IngestError) -> IngestReport {
        if isReadOnly { throw .store(.readOnly(path: self.path), durableRows: 0) }
        var rows = try RowReader(path, options: options)
        let places = try FeaturesPlaces(columns, in: rows)
        var writer = FeaturesWriter(self, of: owner == .users ? .user : .item)
        return try IngestLoop(batchRows: options.batchRows).run(&rows, progress: progress) { record in
            places.take(record, into: &writer)
        } commit: { () throws(StoreError) in
            let counts = try writer.commit()
            return (counts.accepted, counts.duplicates, 0)
        }
    }
}

/// Where the columns of a features file stand.
private struct FeaturesPlaces {
    private let id: Int
    private let type: Int
    private let value: Int
    private let weight: Int?

    init(_ columns: FeaturesColumns, in rows: borrowing RowReader) throws(IngestError) {
        id = try rows.position(of: columns.id)
        type = try rows.position(of: columns.type)
        value = try rows.position(of: columns.value)
        if let column = columns.weight { weight = try rows.position(of: column) } else { weight = nil }
    }

    /// Hands a row to the writer, or says why it cannot be kept.
    func take(_ record: borrowing DelimitedRecord, into writer: inout FeaturesWriter) -> String? {
        if let reason = FieldChecks.identifier(record.field(id), "id") { return reason }
        if let reason = FieldChecks.identifier(record.field(type), "type") { return reason }
        if let reason = FieldChecks.identifier(record.field(value), "value") { return reason }
        let type = record.text(type).lowercased()
        if type.contains(":") || type.contains(where: \.isWhitespace) {
            return "the type '\(type)' holds a colon or a space, so its labels could not be told apart"
        }
        if type == "item" || type == "user" { return "the type '\(type)' is kept for naming items and users in queries" }
        let value = FeaturesPlaces.trimmed(record.text(value).lowercased())
        if value.isEmpty { return "the value is empty" }
        let label = type + ":" + value
        if label.utf8.count > Vocabulary.idByteLimit {
            return "the label has \(label.utf8.count) bytes; at most \(Vocabulary.idByteLimit) can be kept"
        }
        var weight: Float = 1
        if let place = self.weight {
            switch FieldChecks.weight(record.text(place)) {
            case .success(let value): weight = value
            case .failure(let fault): return fault.reason
            }
        }
        let entity = unsafe record.unsafeField(id)
        unsafe Array(label.utf8).withUnsafeBytes { unsafe writer.add(entity: entity, label: $0, weight: weight) }
        return nil
    }

    private static func trimmed(_ text: String) -> String {
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
