import CVectorKernels

/// A dense symmetric system in double precision, solved by its Cholesky factor.
///
/// Directions in which the matrix has no more than rounding left are taken out of a singular system, which is then solved in the others.
@safe final class Cholesky {
    let components: Int
    private let stride: Int
    private let sums: AlignedBuffer
    private let scratch: AlignedBuffer
    private var factor: [Double]

    init(components: Int) {
        self.components = components
        stride = ParameterTable.stride(of: components)
        sums = AlignedBuffer(count: (stride + 5) * stride)
        scratch = AlignedBuffer(count: 64 * (stride + 16))
        factor = [Double](repeating: 0, count: components * components)
    }

    /// Sets and factors a₀ G + shift × I + Σ c y yᵀ.
    /// - Complexity: O(d³ + likes × d²).
    func setMatrix(_ base: AlignedBuffer, shift: Float, other: UnsafePointer<Float>, likes: least_squares_likes_t) {
        unsafe sums.start.update(repeating: 0, count: sums.count)
        unsafe least_squares_gram(
            other, likes.indices, likes.weights, likes.count, sums.start, scratch.start, stride)
        for i in 0..<components {
            for j in i..<components {
                let sum = unsafe Double(base.start[i * stride + j]) + Double(sums.start[i * stride + j])
                factor[i * components + j] = i == j ? sum + Double(shift) : sum
            }
        }
        decompose()
    }

    /// The upper factor R of Rᵀ R, in place.
    private func decompose() {
        let d = components
        let largest = (0..<d).reduce(0) { max($0, factor[$1 * d + $1]) }
        let least = largest * 1e-7
        unsafe factor.withUnsafeMutableBufferPointer { a in
            for k in 0..<d {
                let pivot = unsafe a[k * d + k]
                // A matrix that is not finite has a factor that is not finite.
                if pivot <= least, largest.isFinite {
                    for j in k..<d { unsafe a[k * d + j] = 0 }
                    continue
                }
                let root = pivot.squareRoot()
                for j in k..<d { unsafe a[k * d + j] /= root }
                for i in k + 1..<max(d, k + 1) {
                    let factor = unsafe a[k * d + i]
                    if factor == 0 { continue }
                    for j in i..<d { unsafe a[i * d + j] -= factor * a[k * d + j] }
                }
            }
        }
    }

    /// The solution for a right side of d numbers.
    /// - Complexity: O(d²).
    func solve(_ right: [Double]) -> [Double] {
        let d = components
        var x = right
        for k in 0..<d {
            let pivot = factor[k * d + k]
            x[k] = pivot == 0 ? 0 : x[k] / pivot
            for j in k + 1..<max(d, k + 1) { x[j] -= factor[k * d + j] * x[k] }
        }
        for k in (0..<d).reversed() {
            let pivot = factor[k * d + k]
            var sum = x[k]
            for j in k + 1..<max(d, k + 1) { sum -= factor[k * d + j] * x[j] }
            x[k] = pivot == 0 ? 0 : sum / pivot
        }
        return x
    }
}
