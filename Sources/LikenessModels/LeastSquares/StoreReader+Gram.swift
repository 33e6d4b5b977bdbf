package import LikenessFormat
package import LikenessStore

extension StoreReader {
    /// The Gram matrix of a kind of rows, d × d, of a version by alternating least squares; nil if the version keeps none.
    ///
    /// - Throws: `StoreError.damaged` for a matrix of another shape.
    package func gram(
        _ kind: RowKind, of manifest: Manifest, in transaction: borrowing Reading
    ) throws(StoreError) -> [Double]? {
        let components = manifest.components
        let layout = MatrixNames.gram(kind, components: components)
        guard let descriptor = manifest.matrix(layout.name) else { return nil }
        guard descriptor.rows == components, descriptor.rowByteCount == layout.rowByteCount else {
            throw .damaged(table: "versions", key: "\(manifest.version) \(layout.name)", reason: "it is not \(components) × \(components)")
        }
        let view = try MatrixView(descriptor, in: self)
        var gram: [Double] = []
        gram.reserveCapacity(components * components)
        for row in 0..<components {
            let bytes = try view.row(row, in: transaction)
            for column in 0..<components { gram.append(Double(Float(bitPattern: bytes.littleEndian(at: 4 * column)))) }
        }
        return gram
    }
}
