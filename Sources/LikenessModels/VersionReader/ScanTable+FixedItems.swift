import LikenessSearch
import LikenessTraining

extension ScanTable: FixedItems {
    package func contains(_ row: UInt32) -> Bool {
        unsafe withRow(row) { _, _ in true } ?? false
    }

    package func withRow<R>(_ row: UInt32, _ body: (UnsafePointer<Float>, Float) -> R) -> R? {
        guard row < rows else { return nil }
        // In bounds: both matrices have the row. Norm and bias are the third and fourth number of a row's terms.
        let terms = unsafe self.terms.address(of: Int(row))
        guard unsafe terms.loadUnaligned(fromByteOffset: 8, as: Float.self) >= 0 else { return nil }
        let bias = unsafe terms.loadUnaligned(fromByteOffset: 12, as: Float.self)
        return unsafe body(representations.address(of: Int(row)).assumingMemoryBound(to: Float.self), bias)
    }
}
