import LikenessFormat

/// All parameters of a recommender model, with the state of the optimiser, so that training resumes exactly.
///
/// The representation of an item is the weighted sum of its own (identity) embedding and those of its named features; so it is
/// with users. The score of a pair is the inner product of their representations plus both biases.
package struct Model: Sendable, Equatable {
    /// The items' own embeddings.
    package var items: ParameterTable
    /// The embeddings of the items' named features, such as tags.
    package var itemFeatures: ParameterTable
    /// The users' own embeddings.
    package var users: ParameterTable
    /// The embeddings of the users' named features.
    package var userFeatures: ParameterTable

    /// Numbers in an embedding.
    package var components: Int { items.components }
    /// The step rule that the accumulators belong to.
    package var schedule: Hyperparameters.Schedule { items.schedule }

    /// A model without rows.
    package init(components: Int, schedule: Hyperparameters.Schedule) {
        items = ParameterTable(kind: .item, components: components, schedule: schedule)
        itemFeatures = ParameterTable(kind: .itemFeature, components: components, schedule: schedule)
        users = ParameterTable(kind: .user, components: components, schedule: schedule)
        userFeatures = ParameterTable(kind: .userFeature, components: components, schedule: schedule)
    }

    /// A fresh model of so many rows.
    package init(
        components: Int, schedule: Hyperparameters.Schedule, items: Int, itemFeatures: Int = 0, users: Int,
        userFeatures: Int = 0, seed: UInt64
    ) {
        self.init(components: components, schedule: schedule)
        grow(items: items, itemFeatures: itemFeatures, users: users, userFeatures: userFeatures, seed: seed)
    }

    /// Adds fresh rows where there are fewer than asked for; rows that exist do not change.
    package mutating func grow(items: Int, itemFeatures: Int = 0, users: Int, userFeatures: Int = 0, seed: UInt64) {
        self.items.grow(to: items, seed: seed)
        self.itemFeatures.grow(to: itemFeatures, seed: seed)
        self.users.grow(to: users, seed: seed)
        self.userFeatures.grow(to: userFeatures, seed: seed)
    }

    /// The tables in a fixed order.
    package var tables: [ParameterTable] { [items, itemFeatures, users, userFeatures] }
}
