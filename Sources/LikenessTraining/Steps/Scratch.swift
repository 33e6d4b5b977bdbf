/// A thread's own working memory: vectors that are not stored as rows, a list of candidates, and the examples under way.
@safe final class Scratch {
    let user: UnsafeMutablePointer<Float>
    let positive: UnsafeMutablePointer<Float>
    let negative: UnsafeMutablePointer<Float>
    let difference: UnsafeMutablePointer<Float>
    let refreshed: UnsafeMutablePointer<Float>
    /// Items that are looked at together.
    let candidates: UnsafeMutablePointer<UInt32>
    /// Where the likes that k-OS WARP samples stand among the user's.
    let sample: UnsafeMutablePointer<UInt32>
    let scores: UnsafeMutablePointer<Float>
    let factors: UnsafeMutablePointer<Float>
    let lookahead = Lookahead()
    private let vectors: UnsafeMutableRawPointer

    /// - Parameter candidates: how many items may be looked at together.
    init(stride: Int, candidates count: Int) {
        let count = (max(count, 1) + 15) / 16 * 16
        unsafe vectors = UnsafeMutableRawPointer.allocate(byteCount: 5 * stride * 4, alignment: 64)
        let floats = unsafe vectors.bindMemory(to: Float.self, capacity: 5 * stride)
        unsafe floats.initialize(repeating: 0, count: 5 * stride)
        unsafe user = floats
        unsafe positive = floats + stride
        unsafe negative = floats + 2 * stride
        unsafe difference = floats + 3 * stride
        unsafe refreshed = floats + 4 * stride
        unsafe candidates = .allocate(capacity: count)
        unsafe candidates.initialize(repeating: 0, count: count)
        unsafe sample = .allocate(capacity: count)
        unsafe sample.initialize(repeating: 0, count: count)
        unsafe scores = .allocate(capacity: count)
        unsafe scores.initialize(repeating: 0, count: count)
        unsafe factors = .allocate(capacity: count)
        unsafe factors.initialize(repeating: 1, count: count)
    }

    deinit {
        unsafe vectors.deallocate()
        unsafe candidates.deallocate()
        unsafe sample.deallocate()
        unsafe scores.deallocate()
        unsafe factors.deallocate()
    }
}
