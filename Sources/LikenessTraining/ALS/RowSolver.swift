import CVectorKernels

/// Solves rows of one side while the other stays: (a₀ G + Σ c y yᵀ + λ ω I) x = Σ_likes c y + θ λ ω F T, where G is the Gram matrix of the other
/// side (Hu, Koren and Volinsky, 2008; Rendle and others, 2021).
///
/// Products with G are made for some rows at once, at the processor's arithmetic limit; what a like adds is never made a matrix.
@safe struct RowSolver: @unchecked Sendable {
    /// Rows solved at once, a multiple of the kernel's tile.
    static let batch = 2 * Int(least_squares_tile)

    /// The vectors that are solved for; rows × stride.
    let own: UnsafeMutablePointer<Float>
    /// The vectors that stay.
    let other: UnsafePointer<Float>
    let stride: Int
    let components: Int
    /// a₀ G by panels, and as it is.
    let panels: AlignedBuffer
    let matrix: AlignedBuffer
    let lists: LikeLists
    /// λ ω of each row.
    let shifts: FixedBuffer<Float>
    /// What rows are pulled to; nil without features.
    let pull: (rows: PullRows, table: UnsafePointer<Float>, strength: Float)?
    let solver: LeastSquaresSettings.Solver
    let steps: Int
    /// A row is solved when its squared residual has fallen to this part of what it was.
    var tolerance: Float = 0

    /// a₀ × a Gram matrix of d × d numbers, as it is and by panels.
    static func pack(_ gram: [Double], weight: Double, components: Int) -> (matrix: AlignedBuffer, panels: AlignedBuffer) {
        let stride = ParameterTable.stride(of: components)
        let (matrix, panels) = (AlignedBuffer(count: stride * stride), AlignedBuffer(count: stride * stride))
        for i in 0..<components {
            for j in 0..<components { unsafe matrix.start[i * stride + j] = Float(weight * gram[i * components + j]) }
        }
        unsafe least_squares_pack(matrix.start, 1, panels.start, stride)
        return (matrix, panels)
    }

    /// Memory of one thread.
    @safe final class Memory {
        let (x, residual, direction, product, extra): (AlignedBuffer, AlignedBuffer, AlignedBuffer, AlignedBuffer, AlignedBuffer)
        var squared = [Float](repeating: 0, count: RowSolver.batch)
        var least = [Float](repeating: 0, count: RowSolver.batch)
        var dense: Cholesky?

        init(_ solver: RowSolver) {
            let size = RowSolver.batch * solver.stride
            (x, residual) = (AlignedBuffer(count: size), AlignedBuffer(count: size))
            (direction, product) = (AlignedBuffer(count: size), AlignedBuffer(count: size))
            extra = AlignedBuffer(count: solver.stride)
            if solver.solver == .exact { dense = Cholesky(components: solver.components) }
        }
    }

    /// Solves some rows, at most ``batch``.
    /// - Returns: the first row whose solution is not finite.
    /// - Complexity: O(steps × (rows × d² + their likes × d)), or O(rows × d³ + their likes × d²) if exact.
    func solve(_ rows: ArraySlice<UInt32>, _ memory: Memory) -> Int? {
        if solver == .exact {
            for row in rows { solveExactly(Int(row), memory) }
        } else {
            solveBySteps(rows, memory)
        }
        return rows.first { unsafe training_all_finite(own + Int($0) * stride, stride) == 0 }.map { Int($0) }
    }

    /// θ λ ω F T of a row, in the memory's `extra`; nil if it has none.
    @inline(__always)
    private func extra(_ row: Int, _ memory: Memory) -> UnsafePointer<Float>? {
        guard let pull = unsafe pull, unsafe pull.rows.offsets.start[row] < pull.rows.offsets.start[row + 1] else { return nil }
        unsafe pull.rows.sum(row, of: pull.table, stride: stride, into: memory.extra.start)
        unsafe training_scale_row(memory.extra.start, pull.strength * shifts.start[row], stride)
        return unsafe UnsafePointer(memory.extra.start)
    }

    private func solveBySteps(_ rows: ArraySlice<UInt32>, _ memory: Memory) {
        let (x, residual) = unsafe (memory.x.start, memory.residual.start)
        let (direction, product) = unsafe (memory.direction.start, memory.product.start)
        let tile = Int(least_squares_tile)
        let padded = (rows.count + tile - 1) / tile * tile
        for (k, row) in rows.enumerated() {
            unsafe (x + k * stride).update(from: own + Int(row) * stride, count: stride)
        }
        for k in rows.count..<max(padded, rows.count) {
            unsafe (x + k * stride).update(repeating: 0, count: stride)
            unsafe (direction + k * stride).update(repeating: 0, count: stride)
        }
        unsafe least_squares_product(x, padded, panels.start, residual, stride)
        var isDone = true
        for (k, row) in rows.enumerated() {
            let at = k * stride
            let (row, r) = unsafe (Int(row), residual + at)
            unsafe least_squares_residual(
                other, lists.view(row), shifts.start[row], extra(row, memory), x + at, r, stride)
            unsafe (direction + at).update(from: r, count: stride)
            let squared = unsafe training_dot(r, r, stride)
            // What cannot be solved is no number, and is found by that.
            if !squared.isFinite { unsafe x[at] = .nan }
            memory.squared[k] = squared.isFinite ? squared : 0
            memory.least[k] = tolerance * memory.squared[k]
            if memory.squared[k] > 0 { isDone = false }
        }
        for _ in 0..<steps where !isDone {
            isDone = true
            unsafe least_squares_product(direction, padded, panels.start, product, stride)
            for (k, row) in rows.enumerated() where memory.squared[k] > memory.least[k] {
                let at = k * stride
                unsafe least_squares_apply(
                    other, lists.view(Int(row)), shifts.start[Int(row)], direction + at, product + at, stride)
                let left = unsafe least_squares_step(
                    x + at, residual + at, direction + at, product + at, memory.squared[k], stride)
                if !left.isFinite { unsafe x[at] = .nan }
                memory.squared[k] = left.isFinite ? left : 0
                if memory.squared[k] > memory.least[k] { isDone = false }
            }
        }
        for (k, row) in rows.enumerated() {
            unsafe (own + Int(row) * stride).update(from: x + k * stride, count: stride)
        }
    }

    private func solveExactly(_ row: Int, _ memory: Memory) {
        guard let dense = memory.dense else { return }
        let likes = unsafe lists.view(row)
        unsafe dense.setMatrix(matrix, shift: shifts.start[row], other: other, likes: likes)
        // The residual of 0 is the right side.
        unsafe memory.x.start.update(repeating: 0, count: stride)
        unsafe memory.residual.start.update(repeating: 0, count: stride)
        unsafe least_squares_residual(
            other, likes, 0, extra(row, memory), memory.x.start, memory.residual.start, stride)
        let solution = dense.solve((0..<components).map { Double(unsafe memory.residual.start[$0]) })
        for (component, value) in solution.enumerated() { unsafe own[row * stride + component] = Float(value) }
    }
}
