import DelimitedText
import LikenessStore

/// Reads the (user, item) pairs of a likes file, ids as they stand, and their times if the columns name one.
struct PairsFile {
    let users: [String]
    let items: [String]
    /// Milliseconds since 1970, one a pair; nil if no column of times is named.
    let times: [Int64]?

    /// - Throws: `IngestError`: the file cannot be read, lacks a column, or has a row whose time is none.
    init(_ path: String, columns: LikesColumns, format: TextFormat?) throws(IngestError) {
        var options = IngestOptions()
        options.format = format
        var rows = try RowReader(path, options: options)
        let user = try rows.position(of: columns.user)
        let item = try rows.position(of: columns.item)
        let time: Int?
        if let column = columns.time { time = try rows.position(of: column) } else { time = nil }
        var users: [String] = []
        var items: [String] = []
        var times: [Int64] = []
        var fault: String?
        while try rows.readRows(
            limit: .max,
            { record in
                users.append(record.text(user))
                items.append(record.text(item))
                guard let time else { return nil }
                let milliseconds = EventTime.milliseconds(record.text(time))
                times.append(milliseconds ?? 0)
                if milliseconds == nil, fault == nil { fault = PairsFile.fault(record.text(time), line: record.line) }
                return nil
            })
        {}
        if let fault { throw .file("\(path): \(fault)") }
        self.users = users
        self.items = items
        self.times = time == nil ? nil : times
    }

    private static func fault(_ time: String, line: Int) -> String {
        (time.isEmpty ? "line \(line) has no time" : "the time '\(time)' in line \(line) is none")
            + ". Give seconds or milliseconds since 1970, or ISO 8601, to every like, or choose a split that needs no times"
    }
}
