import CVectorKernels
import Synchronization
import WorkerThreads

/// Vectors of one kind of row without biases or an optimiser's state: rows × `stride` floats, zeros after the components.
package struct FactorMatrix: Sendable, Equatable {
    /// Numbers in a vector that are not padding (d).
    package let components: Int
    /// Floats from one vector to the next; a multiple of 16.
    package let stride: Int
    /// How many vectors there are.
    package let rows: Int
    /// The vectors, rows × ``stride``; the first starts on a 64-byte boundary. Padding must stay zero.
    package var values: AlignedFloats

    /// Vectors of zeros.
    package init(rows: Int, components: Int) {
        self.rows = rows
        self.components = components
        stride = ParameterTable.stride(of: components)
        values = AlignedFloats(repeating: 0, count: rows * stride)
    }

    /// Vectors from rows × `components` floats.
    package init(_ floats: [Float], components: Int) {
        self.init(rows: components > 0 ? floats.count / components : 0, components: components)
        let (rows, stride) = (rows, stride)
        unsafe values.withUnsafeMutableBuffer { values in
            for row in 0..<rows {
                for component in 0..<components {
                    unsafe values[row * stride + component] = floats[row * components + component]
                }
            }
        }
    }

    /// One vector, without padding.
    package func vector(_ row: Int) -> [Float] { (0..<components).map { values[row * stride + $0] } }

    /// Chosen vectors, in a given order.
    package func selecting(_ chosen: [Int]) -> FactorMatrix {
        var part = FactorMatrix(rows: chosen.count, components: components)
        let stride = stride
        unsafe values.withUnsafeBuffer { from in
            unsafe part.values.withUnsafeMutableBuffer { to in
                for (place, row) in chosen.enumerated() {
                    for lane in 0..<stride { unsafe to[place * stride + lane] = from[row * stride + lane] }
                }
            }
        }
        return part
    }

    /// The inner product of a vector and one of another matrix, in double precision.
    package func dot(_ row: Int, _ other: FactorMatrix, _ otherRow: Int) -> Double {
        (0..<components).reduce(0) {
            $0 + Double(values[row * stride + $1]) * Double(other.values[otherRow * other.stride + $1])
        }
    }

    /// The sum of y yᵀ over all rows, d × d numbers, the same bits for any number of threads.
    /// - Complexity: O(rows × d²).
    package func gram(threads: Int = 1) -> [Double] {
        let (stride, rows) = (stride, rows)
        let size = (stride + 5) * stride
        let chunk = max(256, (rows + 63) / 64)
        let chunks = max((rows + chunk - 1) / chunk, 1)
        let sums = AlignedBuffer(count: chunks * size)
        unsafe values.withUnsafeBuffer { values in
            // Read only, until all threads are done.
            nonisolated(unsafe) let start = values.baseAddress
            BatchWork(batches: chunks).run(threads: threads) {
                AlignedBuffer(count: 64 * (stride + 16))
            } body: { part, scratch in
                let first = part * chunk
                let end = min(first + chunk, rows)
                guard let start = unsafe start, first < end else { return }
                unsafe least_squares_gram(
                    start + first * stride, nil, nil, end - first, sums.start + part * size, scratch.start, stride)
            }
        }
        var total = [Double](repeating: 0, count: components * components)
        for i in 0..<components {
            for j in i..<components {
                var sum = 0.0
                for part in 0..<chunks { sum += Double(unsafe sums.start[part * size + i * stride + j]) }
                total[i * components + j] = sum
                total[j * components + i] = sum
            }
        }
        return total
    }
}

/// Floats in memory that starts on a 64-byte boundary and does not move, zero at first.
@safe final class AlignedBuffer: @unchecked Sendable {
    let start: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        let bytes = max(count, 16) * MemoryLayout<Float>.stride
        unsafe start = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            .bindMemory(to: Float.self, capacity: max(count, 16))
        unsafe start.initialize(repeating: 0, count: max(count, 16))
        self.count = count
    }

    deinit { unsafe start.deallocate() }
}

/// Batches of work that threads take one after the other.
///
/// What a batch computes must not depend on the others, so that it does not matter which thread has it.
final class BatchWork: Sendable {
    private let next = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    let batches: Int

    init(batches: Int) { self.batches = batches }

    /// Batches that were begun.
    var begun: Int { min(next.load(ordering: .relaxed), batches) }
    /// Whether no further batch is begun.
    var isStopped: Bool { stopped.load(ordering: .relaxed) }
    func stop() { stopped.store(true, ordering: .relaxed) }

    /// Calls `body` for every batch, with memory that each thread makes for itself.
    /// - Parameter between: called on this thread after each of its batches.
    func run<Memory>(
        threads: Int, memory: @escaping @Sendable () -> Memory, between: () -> Void = {},
        body: @escaping @Sendable (Int, Memory) -> Void
    ) {
        @Sendable func work(_ between: () -> Void) {
            let own = memory()
            while !stopped.load(ordering: .relaxed) {
                let batch = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard batch < batches else { return }
                body(batch, own)
                between()
            }
        }
        WorkerThreads.run(max(min(threads, batches), 1)) { _ in
            work {}
        } caller: {
            work(between)
        }
    }
}
