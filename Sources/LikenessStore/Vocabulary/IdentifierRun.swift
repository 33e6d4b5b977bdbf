/// The ids that a run of ingest has met, and those of them that the batch in hand is the first to name.
struct IdentifierRun: ~Copyable {
    private var table = IdentifierTable()
    /// The batch's new ids, in order of first appearance.
    private(set) var added = IdentifierList()

    init() {}

    /// The id's ordinal in the run.
    @inline(__always)
    mutating func ordinal(of id: UnsafeRawBufferPointer) -> UInt32 {
        let before = table.count
        let ordinal = unsafe table.ordinal(of: id)
        if Int(ordinal) == before { unsafe added.append(id) }
        return ordinal
    }

    /// Called when the batch is durable.
    mutating func forgetAdded() {
        added = IdentifierList()
    }
}
