/// What the rows of a block hold, checked by the matrix that they are of: invariant 5 of `store/FORMAT.md`, and the records in rows.
package enum MatrixContents {
    /// Norms and biases are at most this.
    private static let largest: Float = 1e38

    /// Checks the rows of a data block. Feature rows are checked where they are parsed.
    ///
    /// - Parameters:
    ///   - part: the matrix's name after the dot.
    ///   - count: how many of the block's rows there are.
    /// - Complexity: O(bytes).
    package static func check(
        _ block: RawSpan, part: Substring, element: ElementType, columns: Int, rowByteCount: Int, count: Int
    ) throws(Damage) {
        guard element != .none, count > 0, columns > 0, block.byteCount >= BlockHeader.byteCount + count * rowByteCount else { return }
        for row in 0..<count {
            let start = BlockHeader.byteCount + row * rowByteCount
            func word(_ place: Int) -> UInt32 { block.littleEndian(at: start + 4 * place) }
            switch part {
            case "tallies":
                let tally = unsafe block.withUnsafeBytes {
                    unsafe RowTally(UnsafeRawBufferPointer(rebasing: $0[start..<start + rowByteCount]))
                }
                guard tally != nil else { throw Damage("the tally of row \(row) of the block is not sound") }
            case "waiting":
                let weight = Float(bitPattern: word(2))
                guard weight.isFinite, weight >= 0, LikeKind(rawValue: UInt8(truncatingIfNeeded: word(3))) != nil else {
                    throw Damage("the opinion in row \(row) of the block is not sound")
                }
            case "terms":
                let (scale, error) = (Float(bitPattern: word(0)), Float(bitPattern: word(1)))
                let (norm, bias) = (Float(bitPattern: word(2)), Float(bitPattern: word(3)))
                let isSound = scale.isFinite && scale >= 0 && error.isFinite && error >= 0 && abs(bias) <= largest
                guard isSound, norm == -1 || (0...largest).contains(norm) else {
                    throw Damage("the terms of row \(row) of the block are not sound")
                }
            default:
                guard element == .float32 else { continue }
                // A float is infinite or not a number if all bits of its exponent are set.
                for column in 0..<columns where word(column) & 0x7F80_0000 == 0x7F80_0000 {
                    throw Damage("row \(row) of the block is not finite at \(column)")
                }
            }
        }
    }
}
