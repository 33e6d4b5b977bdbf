import DelimitedText
import LikenessFormat
public import LikenessStore

extension Store {
    /// Takes the likes of a file in; each (user, item) pair once.
    ///
    /// Rows become durable batch by batch. Interrupted and run again, it goes on where it was: rows that are there count as
    /// duplicates.
    ///
    /// ```swift
    /// let report = try store.ingestLikes(from: "likes.psv")
    /// ```
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard input.
    ///   - progress: called several times a second; returns false to stop behind what is read so far.
    /// - Throws: `IngestError`; what was durable before stays.
    /// - Complexity: O(rows) time; memory for one batch and the ids that the file names.
    @discardableResult
    public func ingestLikes(
        from path: String, columns: LikesColumns = LikesColumns(), options: IngestOptions = IngestOptions(),
        progress: (IngestProgress) -> Bool = { _ in true }
    ) throws(IngestError) -> IngestReport {
        if isReadOnly { throw .store(.readOnly(path: self.path), durableRows: 0) }
        var rows = try RowReader(path, options: options)
        let places = try LikesPlaces(columns, in: rows)
        var writer = LikesWriter(self, kind: options.kind, shape: places.shape)
        return try IngestLoop(batchRows: options.batchRows).run(&rows, progress: progress) { record in
            places.take(record, into: &writer)
        } commit: { () throws(StoreError) in
            let counts = try writer.commit()
            return (counts.accepted, counts.duplicates, counts.lastSequence.rawValue)
        }
    }
}

/// Where the columns of a likes file stand.
private struct LikesPlaces {
    private let user: Int
    private let item: Int
    private let name: Int?
    private let weight: Int?
    private let time: Int?

    init(_ columns: LikesColumns, in rows: borrowing RowReader) throws(IngestError) {
        user = try rows.position(of: columns.user)
        item = try rows.position(of: columns.item)
        if let column = columns.name {
            name = try rows.position(of: column)
        } else {
            name = try rows.position(ifPresent: "modelname")
        }
        if let column = columns.weight { weight = try rows.position(of: column) } else { weight = nil }
        if let column = columns.time { time = try rows.position(of: column) } else { time = nil }
    }

    /// The columns that the log keeps besides users and items.
    var shape: LikeShape {
        var shape = LikeShape()
        if weight != nil { shape.insert(.weights) }
        if time != nil { shape.insert(.times) }
        return shape
    }

    /// Hands a row to the writer, or says why it cannot be kept.
    func take(_ record: borrowing DelimitedRecord, into writer: inout LikesWriter) -> String? {
        if let reason = FieldChecks.identifier(record.field(user), "user id") { return reason }
        if let reason = FieldChecks.identifier(record.field(item), "item id") { return reason }
        if let name, let reason = FieldChecks.text(record.field(name), "name") { return reason }
        var weight: Float = 1
        if let place = self.weight {
            switch FieldChecks.weight(record.text(place)) {
            case .success(let value): weight = value
            case .failure(let fault): return fault.reason
            }
        }
        var time: Int64?
        if let place = self.time, record.field(place).byteCount > 0 {
            time = EventTime.milliseconds(record.text(place))
            if time == nil {
                return "the time '\(record.text(place))' is none; use seconds or milliseconds since 1970, or ISO 8601"
            }
        }
        unsafe writer.add(
            user: record.unsafeField(user), item: record.unsafeField(item),
            name: name.map { unsafe record.unsafeField($0) },
            weight: weight, time: time)
        return nil
    }
}
