import CVectorKernels

/// A run of items laid out by column, as the scoring kernel reads them, in one worker's own memory: it stays in a core's
/// second-level cache while all users pass.
@safe final class ItemTile {
    /// Items of a tile.
    static let capacity = 512
    private static let panelSize = evaluation_panel

    private let items: LentRepresentations
    private let rows: UnsafeMutablePointer<UnsafePointer<Float>?>
    let values: UnsafeMutablePointer<Float>
    let biases: UnsafeMutablePointer<Float>
    private(set) var firstItem = 0
    /// Items, those that fill up the last panel not counted.
    private(set) var itemCount = 0

    init(_ items: LentRepresentations) {
        self.items = items
        unsafe rows = .allocate(capacity: Self.capacity)
        unsafe rows.initialize(repeating: nil, count: Self.capacity)
        unsafe values = .allocate(capacity: Self.capacity * max(items.components, 1))
        unsafe biases = .allocate(capacity: Self.capacity)
    }

    deinit {
        unsafe rows.deallocate()
        unsafe values.deallocate()
        unsafe biases.deallocate()
    }

    /// How many tiles the items fill.
    static func count(of items: LentRepresentations) -> Int { (items.count + capacity - 1) / capacity }

    var panelCount: Int { (itemCount + Self.panelSize - 1) / Self.panelSize }

    /// Lays out tile `number`. Items that are not part of the model, and the lanes after the last item, get a bias of −∞,
    /// which no test cell's score is at or below.
    ///
    /// - Returns: The first item of the model that is not finite.
    func fill(_ number: Int) -> Int? {
        firstItem = number * Self.capacity
        itemCount = min(Self.capacity, items.count - firstItem)
        var bad: Int?
        for lane in 0..<itemCount {
            let item = firstItem + lane
            unsafe rows[lane] = items.row(item)
            let isPresent = items.contains(item)
            let bias = isPresent ? items.bias(item) : -.infinity
            unsafe biases[lane] = bias
            if isPresent, !bias.isFinite, bad == nil { bad = item }
        }
        for lane in itemCount..<panelCount * Self.panelSize { unsafe biases[lane] = -.infinity }
        unsafe evaluation_pack(rows, items.components, itemCount, values)
        let valueCount = panelCount * Self.panelSize * items.components
        if unsafe evaluation_first_not_finite(values, valueCount) < valueCount { bad = firstNotFinite() ?? bad }
        return bad
    }

    /// The first item of the model that is not finite. Rows that are not part of the model become zero: anything else
    /// could outweigh their bias.
    private func firstNotFinite() -> Int? {
        var bad: Int?
        for lane in 0..<itemCount where !items.isFinite(firstItem + lane) {
            if items.contains(firstItem + lane) {
                if bad == nil { bad = firstItem + lane }
                continue
            }
            let panel = unsafe values + lane / Self.panelSize * Self.panelSize * items.components
            for c in 0..<items.components { unsafe panel[c * Self.panelSize + lane % Self.panelSize] = 0 }
        }
        return bad
    }

    /// Lays out up to a panel of items picked by index.
    func pick(_ picked: ArraySlice<UInt32>) {
        precondition(picked.count <= Self.panelSize)
        firstItem = 0
        itemCount = picked.count
        for (lane, item) in picked.enumerated() {
            unsafe rows[lane] = items.row(Int(item))
            unsafe biases[lane] = items.bias(Int(item))
        }
        for lane in itemCount..<Self.panelSize { unsafe biases[lane] = 0 }
        unsafe evaluation_pack(rows, items.components, itemCount, values)
    }
}
