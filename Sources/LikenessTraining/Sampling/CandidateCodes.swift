import CVectorKernels
import Platform

/// A byte for each number of the items' representations, from which candidates get a first look.
///
/// A look at 10 candidates of 64 numbers then reads 10 cache lines instead of 40. The score from codes is off by at most a known bound
/// (``training_screen``). Only a candidate that may rank too high is judged by its exact representation.
///
/// Items without features: no candidate that ranks too high when it is looked at is missed; the look is a few examples before the step.
/// Items with features: their codes can be older, since a step on one item moves the features of others. Each epoch starts with fresh
/// codes, and an item's own steps renew its code. k-OS WARP picks its liked item by codes.
@safe struct CandidateCodes: @unchecked Sendable {
    let codes: UnsafeMutablePointer<Int8>
    let terms: UnsafeMutablePointer<training_term_t>
    /// How much decay each row had seen when it was coded, or nil without regularisation.
    private let decays: UnsafeMutablePointer<Float>?
    private let stride: Int

    init(_ owner: Owner) {
        unsafe codes = owner.codes.bindMemory(to: Int8.self, capacity: owner.rows * owner.stride)
        unsafe terms = owner.terms.start
        unsafe decays = owner.decays?.start
        stride = owner.stride
    }

    /// Owns the memory.
    @safe final class Owner: @unchecked Sendable {
        fileprivate let codes: UnsafeMutableRawPointer
        fileprivate let terms: FixedBuffer<training_term_t>
        fileprivate let decays: FixedBuffer<Float>?
        fileprivate let rows: Int
        fileprivate let stride: Int

        init(rows: Int, stride: Int, decays hasDecays: Bool) {
            (self.rows, self.stride) = (rows, stride)
            unsafe codes = .allocate(byteCount: max(rows * stride, 64), alignment: 64)
            unsafe codes.initializeMemory(as: UInt8.self, repeating: 0, count: max(rows * stride, 64))
            terms = FixedBuffer(repeating: training_term_t(), count: rows)
            decays = hasDecays ? FixedBuffer(repeating: 0, count: rows) : nil
        }

        deinit { unsafe codes.deallocate() }
    }

    /// Codes a row anew.
    @inline(__always)
    func encode(_ row: Int, _ vector: UnsafePointer<Float>, bias: Float, decay: Double) {
        unsafe training_encode(vector, bias, stride, codes + row &* stride, terms + row)
        noteDecay(decay, of: row)
    }

    /// Says how much decay a row had seen when it was coded.
    @inline(__always)
    func noteDecay(_ decay: Double, of row: Int) {
        if let decays = unsafe decays { unsafe decays[row] = Float(decay) }
    }

    /// Asks the processor for a row that will be coded anew.
    @inline(__always)
    func prefetchToWrite(_ row: Int) {
        unsafe training_prefetch_to_write(codes + row &* stride, stride)
        unsafe training_prefetch_to_write(terms + row, 8)
    }

    /// The candidates that may score above `limit`, as bits.
    /// - Parameters:
    ///   - isExact: whether those count that codes alone put below it by no more than codes may be off.
    ///   - factors: memory for as many factors as there are candidates.
    @inline(__always)
    func screen(
        _ user: UnsafePointer<Float>, _ candidates: UnsafePointer<UInt32>, _ count: Int, isExact: Bool, limit: Float,
        decay: Double, factors: UnsafeMutablePointer<Float>
    ) -> UInt32 {
        unsafe training_screen(
            user, codes, terms, stride, candidates, count,
            fill(factors, candidates, count, decay) ? factors : nil, isExact ? 1 : 0, limit)
    }

    /// The candidates that may rank within a margin of a liked item, as bits.
    @inline(__always)
    func screen(
        _ user: UnsafePointer<Float>, against liked: Side.Representation, margin: Float, _ candidates: UnsafePointer<UInt32>, _ count: Int,
        decay: Double, factors: UnsafeMutablePointer<Float>
    ) -> UInt32 {
        unsafe training_screen_against(
            user, liked.vector, liked.bias, margin, codes, terms, stride, candidates, count,
            fill(factors, candidates, count, decay) ? factors : nil)
    }

    /// The scores of candidates, without the user's bias.
    @inline(__always)
    func score(
        _ user: UnsafePointer<Float>, _ candidates: UnsafePointer<UInt32>, _ count: Int, decay: Double,
        factors: UnsafeMutablePointer<Float>, into scores: UnsafeMutablePointer<Float>
    ) {
        unsafe training_code_scores(
            user, codes, terms, stride, candidates, count,
            fill(factors, candidates, count, decay) ? factors : nil, scores)
    }

    /// What each candidate has decayed to since it was coded; false if nothing decays.
    @inline(__always)
    private func fill(
        _ factors: UnsafeMutablePointer<Float>, _ candidates: UnsafePointer<UInt32>, _ count: Int, _ decay: Double
    ) -> Bool {
        guard let decays = unsafe decays else { return false }
        for index in 0..<count {
            let missed = unsafe Float(decay - Double(decays[Int(candidates[index])]))
            unsafe factors[index] = missed > 0 ? Mathematics.exponential(-missed) : 1
        }
        return true
    }
}
