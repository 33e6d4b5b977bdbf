/// How far vectors have moved.
enum Movement {
    /// The cosine between two vectors, in double; 0 if either has no length.
    static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        var (dot, before, after) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            dot += Double(x) * Double(y)
            before += Double(x) * Double(x)
            after += Double(y) * Double(y)
        }
        return before * after > 0 ? dot / (before * after).squareRoot() : 0
    }
}
