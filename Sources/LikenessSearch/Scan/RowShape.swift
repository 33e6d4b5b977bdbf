/// How wide the three matrices of a table are for a number of components.
package struct RowShape: Sendable, Equatable {
    /// Components of a row, without padding.
    package let components: Int

    /// Creates the shape of rows with `components` components.
    package init(components: Int) {
        self.components = components
    }

    /// Floats from one representation to the next: the components, rounded up to 16.
    package var representationFloats: Int { (components + 15) / 16 * 16 }
    /// Bytes from one representation to the next.
    package var representationBytes: Int { representationFloats * 4 }
    /// Bytes from one code to the next: the components, rounded up to 64.
    package var codeBytes: Int { (components + 63) / 64 * 64 }
    /// Bytes from one row's terms to the next: scale, error, norm and bias, a float32 each.
    package static let termsBytes = 16
}
