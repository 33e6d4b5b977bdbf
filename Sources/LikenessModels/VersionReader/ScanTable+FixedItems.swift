import LikenessSearch
import LikenessTraining

extension ScanTable: FixedItems {
    package func contains(_ row: UInt32) -> Bool {
        unsafe withRow(row) { _, _ in true } ?? false
    }

    package func withRow<R>(_ row: UInt32, _ body: (UnsafePointer<Float>, Float) -> R) -> R? {
        guard let place = place(of: row) else { return nil }
        let part = part(place.part)
        // In bounds: both matrices have the row. Norm and bias are the third and fourth number of a row's terms.
        let terms = unsafe part.terms.address(of: place.row)
        guard unsafe terms.loadUnaligned(fromByteOffset: 8, as: Float.self) >= 0 else { return nil }
        let bias = unsafe terms.loadUnaligned(fromByteOffset: 12, as: Float.self)
        return unsafe body(part.representations.address(of: place.row).assumingMemoryBound(to: Float.self), bias)
    }
}
