/// What is known of the examples to come: random numbers are drawn, memory is asked for and candidates are looked at some examples
/// before a step is made, so that the processor neither waits for memory nor guesses what comes out.
///
/// WARP's examples pass three stages, each ``distance`` examples after the one before:
/// ```
/// draw     candidates are drawn; their codes, the user's row and the liked item's row are asked for
/// look     the candidates are scored from codes against the liked item; the rows that a step would move are asked for
/// step     the first candidate that may rank too high is judged by exact representations as they are now
/// ```
@safe final class Lookahead {
    /// Examples between two stages.
    static let distance = 4
    /// Candidates drawn ahead for an example.
    static let candidates = 16
    /// Examples that are under way; at least 2 × ``distance`` + 1, and a power of two.
    private static let slots = 16

    /// One example under way.
    struct Slot {
        var user = 0
        var positive = 0
        var weight: Float = 0
        /// Bits of the candidates that may rank too high.
        var flagged: UInt32 = 0
        /// The entry that a negative is taken from (BPR).
        var entry = 0
    }

    private let states: UnsafeMutablePointer<Slot>
    private let drawn: UnsafeMutablePointer<UInt32>

    init() {
        unsafe states = .allocate(capacity: Self.slots)
        unsafe states.initialize(repeating: Slot(), count: Self.slots)
        unsafe drawn = .allocate(capacity: Self.slots * Self.candidates)
        unsafe drawn.initialize(repeating: 0, count: Self.slots * Self.candidates)
    }

    deinit {
        unsafe states.deallocate()
        unsafe drawn.deallocate()
    }

    /// The slot of the example at a position.
    @inline(__always)
    func slot(_ position: Int) -> UnsafeMutablePointer<Slot> { unsafe states + (position & (Self.slots &- 1)) }

    /// The candidates of the example at a position.
    @inline(__always)
    func candidates(_ position: Int) -> UnsafeMutablePointer<UInt32> {
        unsafe drawn + (position & (Self.slots &- 1)) &* Self.candidates
    }
}
