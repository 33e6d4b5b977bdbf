import CVectorKernels

extension ExactScan {
    /// The cosine of two rows that are in the version; 0 if either has no direction.
    package func cosine(_ first: UInt32, _ second: UInt32) -> Double {
        guard let a = table.place(of: first), let b = table.place(of: second) else { return 0 }
        let (firstPart, secondPart) = (table.part(a.part), table.part(b.part))
        // In bounds: the segments cover every row of their parts, and all rows are padded to the same length.
        let x = unsafe firstPart.representations.address(of: a.row).assumingMemoryBound(to: Float.self)
        let y = unsafe secondPart.representations.address(of: b.row).assumingMemoryBound(to: Float.self)
        let floats = RowShape(components: table.components).representationFloats
        let length = unsafe (scan_dot_exact(x, x, floats) * scan_dot_exact(y, y, floats)).squareRoot()
        return length > 0 ? unsafe scan_dot_exact(x, y, floats) / length : 0
    }
}
