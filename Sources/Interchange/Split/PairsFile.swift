package import DelimitedText
import LikenessFormat
import LikenessStore

/// The (user, item) pairs of a likes file by ordinals of their ids, and their times if the columns name one.
package struct PairsFile {
    /// One ordinal a pair: a place in `userIds`.
    package private(set) var users: [UInt32] = []
    /// One ordinal a pair: a place in `itemIds`.
    package private(set) var items: [UInt32] = []
    /// The ids of users and items as they stand, in order of appearance.
    package private(set) var userIds: [String] = []
    package private(set) var itemIds: [String] = []
    /// Milliseconds since 1970, one a pair; nil if no column of times is named.
    package private(set) var times: [Int64]?
    /// The columns that hold users and items.
    let userPlace: Int
    let itemPlace: Int

    /// Rows that are no like, such as rows with too few fields or without an id, are passed over.
    ///
    /// - Throws: `IngestError`: the file cannot be read, lacks a column, or has a row whose time is none.
    /// - Complexity: O(bytes of the file).
    package init(_ path: String, columns: LikesColumns, format: TextFormat?) throws(IngestError) {
        var options = IngestOptions()
        options.format = format
        var rows = try RowReader(path, options: options)
        let places = try LikesPlaces(columns, in: &rows, options)
        let (user, item) = (places.user, places.item)
        (userPlace, itemPlace) = (user, item)
        var time: Int?
        if let column = columns.time {
            time = try rows.position(of: column)
            times = []
        }
        var userOrdinals = IdentifierTable()
        var itemOrdinals = IdentifierTable()
        var fault: String?
        while try rows.readRows(
            limit: .max,
            { record in
                if let reason = PairsFile.reason(record, user: user, item: item) { return .rejected(reason) }
                users.append(unsafe userOrdinals.ordinal(of: record.unsafeField(user)))
                if userIds.count < userOrdinals.count { userIds.append(record.text(user)) }
                items.append(unsafe itemOrdinals.ordinal(of: record.unsafeField(item)))
                if itemIds.count < itemOrdinals.count { itemIds.append(record.text(item)) }
                guard let time else { return .taken(1) }
                let milliseconds = EventTime.milliseconds(record.text(time))
                times?.append(milliseconds ?? 0)
                if milliseconds == nil, fault == nil { fault = PairsFile.fault(record.text(time), line: record.line) }
                return .taken(1)
            })
        {}
        if let fault { throw .file("\(path): \(fault)") }
    }

    /// Why a row is no like; nil if it is one.
    package static func reason(_ record: borrowing DelimitedRecord, user: Int, item: Int) -> String? {
        FieldChecks.identifier(record.field(user), "user id") ?? FieldChecks.identifier(record.field(item), "item id")
    }

    private static func fault(_ time: String, line: Int) -> String {
        (time.isEmpty ? "line \(line) has no time" : "the time '\(time)' in line \(line) is none")
            + ". Give seconds or milliseconds since 1970, or ISO 8601, to every like, or choose a split that needs no times"
    }
}
