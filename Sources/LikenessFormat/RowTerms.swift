/// What stands beside a row's code and representation, in the matrices `….terms`.
///
/// ```
/// 0 scale   4 error   8 norm: −1 if the row is not part of the version   12 bias   (Float32 each)
/// ```
package struct RowTerms: Equatable, Sendable {
    package static let byteCount = 16
    /// Where the norm lies in a record.
    package static let normOffset = 8

    /// The length of the row's representation; −1 if the row is not part of the version.
    package let norm: Float
    package let bias: Float

    /// The terms at a place of a run of them, whatever its alignment.
    ///
    /// - Precondition: the run has as many.
    @unsafe package init(_ bytes: UnsafeRawBufferPointer, at place: Int = 0) {
        func float(_ offset: Int) -> Float {
            let bits = unsafe bytes.loadUnaligned(fromByteOffset: RowTerms.byteCount * place + offset, as: UInt32.self)
            return Float(bitPattern: UInt32(littleEndian: bits))
        }
        (norm, bias) = (float(RowTerms.normOffset), float(12))
    }

    /// Whether the row is part of the version.
    package var isPresent: Bool { norm >= 0 }
}
