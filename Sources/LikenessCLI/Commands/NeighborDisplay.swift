import Likeness

/// Writes the answer of a query.
enum NeighborDisplay {
    /// - Parameter hint: what may help if nothing was found.
    static func show(_ neighbors: Neighbors, _ output: OutputOptions, hint: String = "") throws {
        if output.isJSON { return try JSONOutput.print(neighbors) }
        if neighbors.results.isEmpty { return Terminal.writeError("nothing was found in v\(neighbors.version)\(hint)\n") }
        let hasNames = neighbors.results.contains { $0.name != nil || $0.reasons?.likes.contains { $0.name != nil } == true }
        var table = TextTable(.numbers("score"), .words("id"), .words(hasNames ? "name" : ""))
        for neighbor in neighbors.results {
            table.add(Readable.decimal(neighbor.score, places: 4), neighbor.id, neighbor.name ?? "")
            guard let reasons = neighbor.reasons else { continue }
            for (noun, list) in [("like", reasons.likes), ("feature", reasons.features), ("tag", reasons.tags)] {
                for reason in list {
                    table.add(Readable.decimal(reason.share, places: 4), "  \(noun) \(reason.id)", reason.name ?? "")
                }
            }
        }
        table.print()
    }
}
