/// A thread's own working memory: vectors that are not stored as rows, and the candidates of one example.
@safe final class Scratch {
    let user: UnsafeMutablePointer<Float>
    let positive: UnsafeMutablePointer<Float>
    let negative: UnsafeMutablePointer<Float>
    let difference: UnsafeMutablePointer<Float>
    let refreshed: UnsafeMutablePointer<Float>
    let candidates: UnsafeMutablePointer<UInt32>
    let scores: UnsafeMutablePointer<Float>
    private let vectors: UnsafeMutableRawPointer

    /// - Parameter candidates: how many items one example may need to score.
    init(stride: Int, candidates count: Int) {
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
        unsafe scores = .allocate(capacity: count)
        unsafe scores.initialize(repeating: 0, count: count)
    }

    deinit {
        unsafe vectors.deallocate()
        unsafe candidates.deallocate()
        unsafe scores.deallocate()
    }
}
