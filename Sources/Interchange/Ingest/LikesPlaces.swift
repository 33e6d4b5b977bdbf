import DelimitedText
import LikenessFormat
import PlainText

/// Where the columns of a likes file stand, and what its rows say.
struct LikesPlaces {
    /// A row as it is taken: what is not an id or a name.
    struct Values {
        var weight: Float = 1
        var time: Int64?
        var kind = LikeKind.like
    }

    let user: Int
    let item: Int
    let name: Int?
    /// Whether rows say nothing besides their ids and the name.
    let isPlain: Bool
    private let weight: Int?
    private let time: Int?
    private let rating: Int?
    private let options: IngestOptions

    init(_ columns: LikesColumns, in rows: inout RowReader, _ options: IngestOptions) throws(IngestError) {
        self.options = options
        user = try rows.position(of: columns.user, called: ColumnNames.user, first: "uid", option: "--user")
        item = try rows.position(of: columns.item, called: ColumnNames.item, first: "mid", option: "--item")
        if user == item {
            if (columns.user == nil) == (columns.item == nil) {
                throw rows.headerError("users and items cannot be the same column. Name one with --user and another with --item.")
            }
            rows.tally.note("users and items are the same column; name the other one with --user or --item")
        }
        if let column = columns.name {
            name = try rows.position(of: column)
        } else {
            name = try rows.position(ifPresent: "modelname")
        }
        if let column = columns.weight { weight = try rows.position(of: column) } else { weight = nil }
        if let column = columns.time { time = try rows.position(of: column) } else { time = nil }
        if let column = columns.rating { rating = try rows.position(of: column) } else { rating = nil }
        isPlain = weight == nil && time == nil && rating == nil
    }

    /// The columns that the log keeps besides users and items.
    var shape: LikeShape {
        var shape = LikeShape()
        if weight != nil { shape.insert(.weights) }
        if time != nil { shape.insert(.times) }
        return shape
    }

    /// What a row says besides its ids; nil if it is neither a like nor a dislike.
    func values(_ record: borrowing DelimitedRecord) -> Result<Values?, RowFault> {
        var values = Values(kind: options.kind)
        if let place = rating {
            let text = record.text(place).filter { !$0.isWhitespace }
            if text.isEmpty { return .success(nil) }
            guard let rating = Double(text), rating.isFinite else {
                return .failure(RowFault("the rating '\(text.printable(atMost: 60))' is not a number"))
            }
            if rating < options.minRating {
                guard let bound = options.dislikeBelow, rating < bound else { return .success(nil) }
                values.kind = .dislike
            }
        }
        if let place = weight {
            switch FieldChecks.weight(record.text(place)) {
            case .success(let value): values.weight = value
            case .failure(let fault): return .failure(fault)
            }
        }
        if let place = time, record.field(place).byteCount > 0 {
            switch EventTime.read(record.text(place), options.timeFormat) {
            case .success(let time): values.time = time
            case .failure(let fault): return .failure(fault)
            }
        }
        return .success(values)
    }
}
