/// The ids that a run of ingest has met, and those of them that the batch in hand is the first to name.
struct IdentifierRun: ~Copyable {
    private var table = IdentifierTable()
    /// The batch's new ids, in order of first appearance.
    private(set) var added = IdentifierList()

    init() {}

    /// The id's ordinal in the run.
    @inline(__always)
    mutating func ordinal(of id: UnsafeRawBufferPointer) -> UInt32 {
        unsafe ordinal(of: id, hash: table.hash(of: id))
    }

    /// The hash of an id, for the other functions.
    @inline(__always)
    func hash(of id: UnsafeRawBufferPointer) -> UInt64 { unsafe table.hash(of: id) }

    /// See ``IdentifierTable/glanceAtSlot(_:)``.
    @inline(__always)
    func glanceAtSlot(_ hash: UInt64) -> UInt64 { table.glanceAtSlot(hash) }

    /// See ``IdentifierTable/glanceAtIdentifier(_:)``.
    @inline(__always)
    func glanceAtIdentifier(_ hash: UInt64) -> UInt64 { table.glanceAtIdentifier(hash) }

    /// The id's ordinal in the run, given its hash.
    @inline(__always)
    mutating func ordinal(of id: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        let before = table.count
        let ordinal = unsafe table.ordinal(of: id, hash: hash)
        if Int(ordinal) == before { unsafe added.append(id) }
        return ordinal
    }

    /// Hands the batch's new ids over; the next batch has none yet.
    mutating func takeAdded() -> IdentifierList {
        let taken = added
        added = IdentifierList()
        return taken
    }

    /// Called when the batch is durable.
    mutating func forgetAdded() {
        added = IdentifierList()
    }
}
