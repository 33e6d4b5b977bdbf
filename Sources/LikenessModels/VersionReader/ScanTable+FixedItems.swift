import LikenessFormat
import LikenessSearch
import LikenessTraining

extension ScanTable: FixedItems {
    package func contains(_ row: UInt32) -> Bool {
        unsafe withRow(row) { _, _ in true } ?? false
    }

    package func withRow<R>(_ row: UInt32, _ body: (UnsafePointer<Float>, Float) -> R) -> R? {
        guard let place = place(of: row) else { return nil }
        let part = part(place.part)
        // In bounds: both matrices have the row.
        let terms = unsafe RowTerms(UnsafeRawBufferPointer(start: part.terms.address(of: place.row), count: RowTerms.byteCount))
        guard terms.isPresent else { return nil }
        return unsafe body(part.representations.address(of: place.row).assumingMemoryBound(to: Float.self), terms.bias)
    }
}
