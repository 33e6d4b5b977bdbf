import DelimitedText
import LikenessStore

/// Reads the (user, item) pairs of a likes file, ids as they stand.
struct PairsFile {
    let users: [String]
    let items: [String]

    init(_ path: String, columns: LikesColumns, format: TextFormat?) throws(IngestError) {
        var options = IngestOptions()
        options.format = format
        var rows = try RowReader(path, options: options)
        let user = try rows.position(of: columns.user)
        let item = try rows.position(of: columns.item)
        var users: [String] = []
        var items: [String] = []
        while try rows.readRows(
            limit: .max,
            { record in
                users.append(record.text(user))
                items.append(record.text(item))
                return nil
            })
        {}
        self.users = users
        self.items = items
    }
}
