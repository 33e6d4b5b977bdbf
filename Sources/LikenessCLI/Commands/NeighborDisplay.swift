import Likeness

/// Writes the answer of a query.
enum NeighborDisplay {
    static func show(_ neighbors: Neighbors, _ output: OutputOptions) throws {
        if output.isJSON { return try JSONOutput.print(neighbors) }
        if neighbors.results.isEmpty { return Terminal.writeError("nothing was found in v\(neighbors.version)\n") }
        let hasNames = neighbors.results.contains { $0.name != nil }
        var table = TextTable(.numbers("score"), .words("id"), .words(hasNames ? "name" : ""))
        for neighbor in neighbors.results {
            table.add(Readable.decimal(neighbor.score, places: 4), neighbor.id, neighbor.name ?? "")
        }
        table.print()
    }
}
