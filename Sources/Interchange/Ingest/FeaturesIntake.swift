import DelimitedText
import LikenessFormat
import LikenessStore
import PlainText

/// Where the columns of a features file stand.
struct FeaturesPlaces {
    /// Where a row's types and values are: one column of each, one type for all values, or a column for each type.
    enum Labels {
        case column(type: Int, value: Int)
        case constant(type: String, value: Int)
        case wide([(type: String, value: Int)])
    }

    let id: Int
    let labels: Labels
    let weight: Int?

    init(_ columns: FeaturesColumns, of owner: FeatureOwner, in rows: inout RowReader) throws(IngestError) {
        id = try rows.position(
            of: columns.id, called: owner == .users ? ColumnNames.user.union(["mid"]) : ColumnNames.item,
            first: owner == .users ? "uid" : "mid",
            option: "--id")
        if !columns.wide.isEmpty {
            var wide: [(type: String, value: Int)] = []
            for column in columns.wide {
                let place = try rows.position(of: column)
                if place == id { throw rows.headerError("the column '\(column.printable)' is the id and cannot be a feature too.") }
                let type = (rows.header.names.contains(column) || place >= rows.header.names.count ? column : rows.header.names[place])
                    .labelForm
                if let reason = FeaturesPlaces.fault(ofType: type) { throw rows.headerError(reason + ".") }
                wide.append((type, place))
            }
            labels = .wide(wide)
        } else if let type = columns.typeValue?.labelForm {
            if let reason = FeaturesPlaces.fault(ofType: type) { throw rows.headerError(reason + ".") }
            labels = .constant(type: type, value: try rows.position(of: columns.value))
        } else {
            labels = .column(type: try rows.position(of: columns.type), value: try rows.position(of: columns.value))
        }
        if let column = columns.weight { weight = try rows.position(of: column) } else { weight = nil }
    }

    /// Why a text in lower case cannot be the type of a label; nil if it can.
    static func fault(ofType type: String) -> String? {
        if type.isEmpty { return "the type is empty" }
        if type.contains(":") || type.contains(where: \.isWhitespace) {
            return "the type '\(type.printable(atMost: 60))' holds a colon or a space, so its labels could not be told apart"
        }
        if ["item", "user", "user-feature"].contains(type) {
            return "the type '\(type)' is kept for naming items, users and their features in queries"
        }
        return nil
    }
}

/// Checks rows of features and hands them to the store's writer.
struct FeaturesIntake: ~Copyable {
    private let places: FeaturesPlaces
    private let options: IngestOptions
    private let separator: String?
    private var writer: FeaturesWriter?
    private var taken = BatchCounts()
    private(set) var sample: [[String]] = []
    private(set) var oddId = OddId()
    /// The type of the row before, which can be one.
    private var soundType = ""
    private static let sampleRows = 10

    /// - Parameter writer: nil for a dry run.
    init(_ places: FeaturesPlaces, _ options: IngestOptions, _ writer: consuming FeaturesWriter?) {
        self.places = places
        self.options = options
        self.writer = writer
        separator = options.valueSeparator
    }

    /// Checks a row and keeps its features for the next batch.
    mutating func take(_ record: borrowing DelimitedRecord) -> RowOutcome {
        var id = unsafe record.unsafeField(places.id)
        if options.trims { unsafe id = FieldChecks.trimmed(id) }
        if let reason = FieldChecks.identifier(unsafe RawSpan(_unsafeBytes: id), "id") { return .rejected(reason) }
        var weight: Float = 1
        if let place = places.weight {
            switch FieldChecks.weight(record.text(place)) {
            case .success(let value): weight = value
            case .failure(let fault): return .rejected(fault.reason)
            }
        }
        // All labels of a row are checked before the first is taken: a row is kept as a whole or not at all.
        var labels: [[UInt8]] = []
        var fault: String?
        switch places.labels {
        case .column(let type, let value):
            if let reason = FieldChecks.identifier(record.field(type), "type") { return .rejected(reason) }
            let name = record.text(type).labelForm
            // Types repeat from row to row.
            if name != soundType {
                if let reason = FeaturesPlaces.fault(ofType: name) { return .rejected(reason) }
                soundType = name
            }
            fault = add(record, value, name, &labels)
        case .constant(let type, let value): fault = add(record, value, type, &labels)
        case .wide(let columns):
            for column in columns where fault == nil {
                if record.field(column.value).byteCount > 0 { fault = add(record, column.value, column.type, &labels) }
            }
        }
        if let fault { return .rejected(fault) }
        unsafe oddId.look(at: id)
        if writer == nil {
            if sample.isEmpty { sample = [["line", "id", "feature", "weight"]] }
            for label in labels where sample.count <= FeaturesIntake.sampleRows {
                sample.append([
                    String(record.line), unsafe String(decoding: id, as: UTF8.self), String(decoding: label, as: UTF8.self), "\(weight)",
                ])
            }
            taken.accepted += labels.count
        } else {
            for label in labels { unsafe label.withUnsafeBytes { unsafe writer?.add(entity: id, label: $0, weight: weight) } }
        }
        return .taken(labels.count)
    }

    /// Makes what was taken durable.
    mutating func commit() throws(StoreError) -> BatchCounts {
        guard let counts = try writer?.commit() else {
            defer { taken = BatchCounts() }
            return taken
        }
        return BatchCounts(accepted: counts.accepted, updated: counts.updated, duplicates: counts.duplicates)
    }

    /// Adds the labels of a field, or says why it has none.
    private func add(_ record: borrowing DelimitedRecord, _ place: Int, _ type: String, _ labels: inout [[UInt8]]) -> String? {
        let field = unsafe record.unsafeField(place)
        if unsafe field.contains(JSONLinesReader.listEnd), unsafe field[field.count - 1] == JSONLinesReader.listEnd {
            var start = 0
            for end in 0..<field.count where unsafe field[end] == JSONLinesReader.listEnd {
                let value = unsafe UnsafeRawBufferPointer(rebasing: field[start..<end])
                start = end + 1
                if let reason = unsafe add(value, type, &labels) { return reason }
            }
            return nil
        }
        guard let separator, !separator.isEmpty, field.count > 0 else { return unsafe add(field, type, &labels) }
        let text = record.text(place)
        for var value in text.split(separator: separator, omittingEmptySubsequences: true) {
            let reason = value.withUTF8 { unsafe add(UnsafeRawBufferPointer($0), type, &labels) }
            if let reason { return reason }
        }
        return nil
    }

    private func add(_ field: UnsafeRawBufferPointer, _ type: String, _ labels: inout [[UInt8]]) -> String? {
        if let reason = FieldChecks.identifier(unsafe RawSpan(_unsafeBytes: field), "value") { return reason }
        let value = FeaturesIntake.trimmed(unsafe String(decoding: field, as: UTF8.self).labelForm)
        if value.isEmpty { return "the value is empty" }
        let label = Array((type + ":" + value).utf8)
        if label.count > Vocabulary.idByteLimit {
            return "the label has \(label.count) bytes; at most \(Vocabulary.idByteLimit) can be kept"
        }
        labels.append(label)
        return nil
    }

    private static func trimmed(_ text: String) -> String {
        let visible: ClosedRange<UInt8> = 0x21...0x7E
        if let first = text.utf8.first, let last = text.utf8.last, visible.contains(first), visible.contains(last) { return text }
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
