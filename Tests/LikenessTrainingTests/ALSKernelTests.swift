import CVectorKernels
import RandomNumbers
import Testing

@testable import LikenessTraining

/// The kernels of alternating least squares beside scalar references.
@Suite struct ALSKernelTests {
    static let strides = [16, 32, 48, 64, 80, 128, 160]

    private func random(_ count: Int, seed: UInt64) -> AlignedBuffer {
        let buffer = AlignedBuffer(count: count)
        var random = SplitMix64(seed: seed)
        for place in 0..<count { buffer.start[place] = random.unitFloat() * 2 - 1 }
        return buffer
    }

    private func expectNear(_ a: AlignedBuffer, _ b: AlignedBuffer, _ count: Int, _ what: String) {
        let worst = (0..<count).map { abs(a.start[$0] - b.start[$0]) / max(1, abs(b.start[$0])) }.max() ?? 0
        #expect(worst < 1e-4, "\(what)")
    }

    @Test("Products by tiles are what they are one by one", arguments: strides, [6, 12])
    func product(stride: Int, count: Int) {
        let (matrix, rows) = (random(stride * stride, seed: 1), random(count * stride, seed: 2))
        let panels = AlignedBuffer(count: stride * stride)
        least_squares_pack(matrix.start, 0.5, panels.start, stride)
        let (found, expected) = (AlignedBuffer(count: count * stride), AlignedBuffer(count: count * stride))
        least_squares_product(rows.start, count, panels.start, found.start, stride)
        least_squares_product_reference(rows.start, count, panels.start, expected.start, stride)
        expectNear(found, expected, count * stride, "product")
        let naive = (0..<stride).reduce(Float(0)) { $0 + rows.start[$1] * 0.5 * matrix.start[$1 * stride + 17 % stride] }
        #expect(abs(found.start[17 % stride] - naive) < 1e-4)
    }

    @Test("Gram matrices by blocks are what they are one by one", arguments: strides, [0, 1, 63, 64, 65, 130])
    func gram(stride: Int, count: Int) {
        let rows = random(200 * stride, seed: 3)
        let indices = (0..<count).map { UInt32($0 * 37 % 200) }
        let weights = (0..<count).map { Float($0 % 5) - 1.5 }
        let scratch = AlignedBuffer(count: 64 * (stride + 16))
        for uses in 0..<4 {
            let (found, expected) = (AlignedBuffer(count: (stride + 5) * stride), AlignedBuffer(count: (stride + 5) * stride))
            indices.withUnsafeBufferPointer { indices in
                weights.withUnsafeBufferPointer { weights in
                    let at = uses & 1 == 0 ? nil : indices.baseAddress
                    let by = uses & 2 == 0 ? nil : weights.baseAddress
                    least_squares_gram(rows.start, at, by, count, found.start, scratch.start, stride)
                    least_squares_gram_reference(rows.start, at, by, count, expected.start, stride)
                }
            }
            for i in 0..<stride {
                for j in i..<stride {
                    let (a, b) = (found.start[i * stride + j], expected.start[i * stride + j])
                    #expect(abs(a - b) <= 1e-4 * max(1, abs(b)))
                }
            }
        }
    }

    @Test("What likes add is what they add one by one", arguments: strides, [0, 1, 3, 4, 5, 13, 30])
    func likes(stride: Int, count: Int) {
        let (rows, v, start) = (random(50 * stride, seed: 4), random(stride, seed: 5), random(stride, seed: 6))
        let extra = random(stride, seed: 7)
        let indices = (0..<count).map { UInt32($0 * 13 % 50) }
        let weights = (0..<count).map { Float($0 % 4) - 1.25 }
        for uses in 0..<4 {
            indices.withUnsafeBufferPointer { indices in
                weights.withUnsafeBufferPointer { weights in
                    let likes = least_squares_likes_t(
                        indices: indices.baseAddress, weights: uses & 1 == 0 ? nil : weights.baseAddress, count: count)
                    let (found, expected) = (AlignedBuffer(count: stride), AlignedBuffer(count: stride))
                    for buffer in [found, expected] { buffer.start.update(from: start.start, count: stride) }
                    least_squares_apply(rows.start, likes, 0.3, v.start, found.start, stride)
                    least_squares_apply_reference(rows.start, likes, 0.3, v.start, expected.start, stride)
                    expectNear(found, expected, stride, "apply")
                    let more = uses & 2 == 0 ? nil : extra.start
                    least_squares_residual(rows.start, likes, 0.3, more, v.start, found.start, stride)
                    least_squares_residual_reference(rows.start, likes, 0.3, more, v.start, expected.start, stride)
                    expectNear(found, expected, stride, "residual")
                }
            }
        }
    }
}
