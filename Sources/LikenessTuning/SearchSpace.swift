package import LikenessFormat
package import RandomNumbers

/// What is searched: for each of some losses, its settings and their values.
package struct SearchSpace: Sendable, Equatable {
    /// A loss and its settings.
    package struct Branch: Sendable, Equatable {
        /// The loss.
        package let name: String
        /// Its settings; without any there is one point.
        package let dimensions: [SearchDimension]

        package init(name: String, dimensions: [SearchDimension]) {
            self.name = name
            self.dimensions = dimensions
        }
    }

    /// The losses, each with the same chance to be drawn.
    package let branches: [Branch]

    /// A space of these parts.
    ///
    /// - Throws: `SearchSpaceError`: no parts, or names that come twice.
    package init(_ branches: [Branch]) throws(SearchSpaceError) {
        if branches.isEmpty { throw .empty }
        for names in [branches.map(\.name)] + branches.map({ $0.dimensions.map(\.name) }) {
            var seen: Set<String> = []
            for name in names where !seen.insert(name).inserted { throw .repeatedName(name: name) }
        }
        self.branches = branches
    }

    /// Draws settings.
    package func draw(_ random: inout SplitMix64) -> TrialSettings {
        let branch = branches[branches.count == 1 ? 0 : random.below(branches.count)]
        var settings = TrialSettings(loss: branch.name)
        for dimension in branch.dimensions { settings.values[dimension.name] = dimension.draw(&random) }
        return settings
    }

    /// The part of a loss; nil if it has none.
    package subscript(loss: String) -> Branch? { branches.first { $0.name == loss } }

    /// What is wrong with settings, in words: they need exactly the settings of their loss, with values of these.
    package func fault(of settings: TrialSettings) -> String? {
        guard let branch = self[settings.loss] else {
            return "the loss \(settings.loss) is not searched; there are: \(branches.map(\.name).joined(separator: ", "))"
        }
        for dimension in branch.dimensions {
            guard let value = settings.values[dimension.name] else { return "\(dimension.name) is missing" }
            if !dimension.contains(value) { return "\(dimension.name) is \(value), which is outside the space" }
        }
        let names = branch.dimensions.map(\.name)
        guard let stranger = settings.values.keys.sorted().first(where: { !names.contains($0) }) else { return nil }
        return "\(stranger) is not searched; \(settings.loss) has: \(names.joined(separator: ", "))"
    }

    /// How many numbers ``encode(_:)`` gives.
    package var columns: Int { branches.count + branches.reduce(0) { $0 + $1.dimensions.reduce(0) { $0 + $1.columns } } }

    /// What the surrogate sees of settings: a column for each loss, then the settings of all losses; those of others are 0.
    package func encode(_ settings: TrialSettings) -> [Double] {
        var row: [Double] = []
        row.reserveCapacity(columns)
        for branch in branches { row.append(branch.name == settings.loss ? 1 : 0) }
        for branch in branches {
            for dimension in branch.dimensions {
                if branch.name == settings.loss, let value = settings.values[dimension.name] {
                    dimension.encode(value, into: &row)
                } else {
                    dimension.encodeNothing(into: &row)
                }
            }
        }
        return row
    }
}
