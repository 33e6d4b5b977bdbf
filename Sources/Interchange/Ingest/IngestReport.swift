/// How far an ingest is.
public struct IngestProgress: Sendable {
    /// Bytes read.
    public var bytesRead: Int
    /// Bytes that the file has, if that is known.
    public var totalBytes: Int?
    /// Rows read.
    public var rows: Int
    /// Rows of them that are durable, or rejected.
    public var durableRows: Int
}

/// The result of an ingest: `read` is always `accepted` + `updated` + `duplicates` + `takenBack` + `notThere` + `rejected` + `passedOver`.
public struct IngestReport: Sendable, Codable, Equatable {
    /// Rows read, the header not counted; where a row holds several values, each of them.
    public var read = 0
    /// Rows that are in the store now and were not before; after a dry run those that can be.
    public var accepted = 0
    /// Rows that gave a pair which was there another weight.
    public var updated = 0
    /// Rows that say what the store has, or an earlier row of the file said.
    public var duplicates = 0
    /// Rows that took a like or a dislike back; after a dry run those that may.
    public var takenBack = 0
    /// Rows that would take back what is not there.
    public var notThere = 0
    /// Rows that cannot be kept; each stands in the rejects file with its line and the reason.
    public var rejected = 0
    /// Rows that say nothing: a rating that is neither a like nor a dislike, or no value.
    public var passedOver = 0
    /// Those of the accepted rows that are dislikes.
    public var dislikes = 0
    /// Lines that end inside quotes: rows, these and the header make up the file.
    public var linesInQuotes = 0
    /// From the file opened to the last row durable.
    public var seconds = 0.0
    /// The last event's sequence number.
    public var lastSequence: UInt64 = 0
    /// The file of rejected rows, if there are any and it was asked for.
    public var rejects: String?
    /// The first rejected rows, for a message.
    public var firstRejects: [String] = []
    /// What was found out about the file and should be known, in words.
    public var notices: [String] = []
    /// A dry run's first rows as they would be taken, the names of their columns first.
    public var sample: [[String]] = []
    /// Whether it was stopped before the end of the file; everything counted is durable all the same.
    public var isStopped = false

    /// Adds the report of another file.
    mutating func add(_ other: IngestReport) {
        read += other.read
        accepted += other.accepted
        updated += other.updated
        duplicates += other.duplicates
        takenBack += other.takenBack
        notThere += other.notThere
        rejected += other.rejected
        passedOver += other.passedOver
        dislikes += other.dislikes
        linesInQuotes += other.linesInQuotes
        seconds += other.seconds
        lastSequence = max(lastSequence, other.lastSequence)
        rejects = rejects ?? other.rejects
        firstRejects = Array((firstRejects + other.firstRejects).prefix(3))
        for notice in other.notices where !notices.contains(notice) { notices.append(notice) }
        if sample.isEmpty { sample = other.sample }
        isStopped = isStopped || other.isStopped
    }
}
