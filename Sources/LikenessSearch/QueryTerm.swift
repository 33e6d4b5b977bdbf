/// One term of a query: what it names, and how much it counts.
package struct QueryTerm: Sendable, Hashable {
    /// What a term can name.
    package enum Entity: Sendable, Hashable {
        /// `item:ID`
        case item(String)
        /// `user:ID`
        case user(String)
        /// `TYPE:VALUE`, such as `tag:tiltbrush`; the value in lower case, as features are kept.
        case feature(String)
    }

    package let entity: Entity
    /// Negative for what to be far from.
    package let weight: Double

    package init(_ entity: Entity, weight: Double = 1) {
        self.entity = entity
        self.weight = weight
    }

    /// The entity as it is written in a query.
    package var label: String {
        switch entity {
        case .item(let id): "item:\(id)"
        case .user(let id): "user:\(id)"
        case .feature(let label): label
        }
    }
}
