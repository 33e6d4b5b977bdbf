import CVectorKernels

/// Items laid out by column, a tile at a time, as the scoring kernel reads them.
///
///     tile    1,024 items: a tile stays in a core's second-level cache while all users pass
///     group   as many tiles as fit in 64 MiB: laid out together, then scored
@safe final class ItemPanels: @unchecked Sendable {
    static let tileSize = 1024
    private static let groupBytes = 64 << 20

    /// A run of tiles that is in memory at one time.
    struct Group: Sendable {
        var firstItem: Int
        var itemCount: Int
        var tileCount: Int { (itemCount + ItemPanels.tileSize - 1) / ItemPanels.tileSize }
    }

    /// One tile, ready to be scored.
    @safe struct Tile {
        var firstItem: Int
        /// Items, those that fill up the last panel not counted.
        var itemCount: Int
        var panelCount: Int
        let values: UnsafePointer<Float>
        let biases: UnsafePointer<Float>
    }

    let groups: [Group]
    private let items: Representations
    // Workers write disjoint tiles and only read after all are written.
    private let values: UnsafeMutablePointer<Float>
    private let biases: UnsafeMutablePointer<Float>

    init(_ items: Representations) {
        self.items = items
        let tileBytes = Self.tileSize * max(items.components, 1) * MemoryLayout<Float>.stride
        let groupSize = max(1, Self.groupBytes / tileBytes) * Self.tileSize
        groups = stride(from: 0, to: items.count, by: groupSize).map {
            Group(firstItem: $0, itemCount: min(groupSize, items.count - $0))
        }
        let room = (groups.first?.tileCount ?? 0) * Self.tileSize
        unsafe values = .allocate(capacity: room * items.components + 1)
        unsafe biases = .allocate(capacity: room + 1)
    }

    deinit {
        unsafe values.deallocate()
        unsafe biases.deallocate()
    }

    /// Lays out tile `tile`. Items that are not part of the model, and the lanes after the last item, get a bias of −∞,
    /// which no test cell's score is at or below.
    func fill(tile: Int, of group: Group) {
        let first = tile * Self.tileSize
        let count = min(Self.tileSize, group.itemCount - first)
        unsafe evaluation_pack(
            items.row(group.firstItem + first), items.stride, items.components, count,
            values + first * items.components)
        for lane in 0..<Self.tileSize {
            let item = group.firstItem + first + lane
            unsafe biases[first + lane] = lane < count && items.contains(item) ? items.bias(item) : -.infinity
        }
    }

    func tile(_ tile: Int, of group: Group) -> Tile {
        let first = tile * Self.tileSize
        let count = min(Self.tileSize, group.itemCount - first)
        let panel = evaluation_panel
        return unsafe Tile(
            firstItem: group.firstItem + first, itemCount: count, panelCount: (count + panel - 1) / panel,
            values: values + first * items.components, biases: biases + first)
    }
}

extension Representations {
    /// Whether all values of row `index` are finite.
    func isFinite(_ index: Int) -> Bool {
        unsafe evaluation_first_not_finite(row(index), components) == components && bias(index).isFinite
    }
}
