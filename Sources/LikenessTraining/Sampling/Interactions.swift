/// Likes and dislikes, as parallel arrays in any order, and which of them are to be trained.
package struct Interactions: Sendable {
    /// The user of each entry.
    package var users: [UInt32]
    /// The item of each entry.
    package var items: [UInt32]
    /// The weight of each entry's steps; nil for 1 everywhere.
    package var weights: [Float]?
    /// The value of each entry: above 0 is a like, else a dislike; nil if all are likes. It never scales a step.
    package var values: [Float]?
    /// The entries to train, as positions; nil for all. The others still count as what the user has seen, so that they are not
    /// drawn as negatives.
    package var trained: [Int]?
    /// Whether each user is part of the model; nil if all are. Entries of the others are left out.
    package var presentUsers: [Bool]?
    /// Whether each item is part of the model; nil if all are. Others are never trained and never drawn as negatives.
    package var presentItems: [Bool]?
    /// Whether each item may be drawn as a negative, if it is part of the model; nil for all.
    package var drawnItems: [Bool]?

    /// Entries in parallel arrays.
    package init(
        users: [UInt32], items: [UInt32], weights: [Float]? = nil, values: [Float]? = nil, trained: [Int]? = nil,
        presentUsers: [Bool]? = nil, presentItems: [Bool]? = nil, drawnItems: [Bool]? = nil
    ) {
        self.users = users
        self.items = items
        self.weights = weights
        self.values = values
        self.trained = trained
        self.presentUsers = presentUsers
        self.presentItems = presentItems
        self.drawnItems = drawnItems
    }

    /// Checks that the arrays fit together and name only rows of a model with so many users and items.
    func validate(userCount: Int, itemCount: Int) throws(TrainingError) {
        try sameCount("items of the entries", items.count, users.count)
        if let weights { try sameCount("weights of the entries", weights.count, users.count) }
        if let values { try sameCount("values of the entries", values.count, users.count) }
        if let presentUsers { try sameCount("present users", presentUsers.count, userCount) }
        if let presentItems { try sameCount("present items", presentItems.count, itemCount) }
        if let drawnItems { try sameCount("drawn items", drawnItems.count, itemCount) }
        try inRange("user of an entry", users, userCount)
        try inRange("item of an entry", items, itemCount)
        try finite("weight of an entry", weights ?? [])
        try finite("value of an entry", values ?? [])
        if let trained, let bad = trained.firstIndex(where: { $0 < 0 || $0 >= users.count }) {
            throw .indexOutOfRange(what: "trained entry", position: bad, index: trained[bad], count: users.count)
        }
        if let weights, let bad = weights.firstIndex(where: { $0 < 0 }) {
            throw .badHyperparameter(
                name: "the weight of entry \(bad)", value: "\(weights[bad])",
                rule: "a weight must be 0 or more; give dislikes a value of 0 or less instead")
        }
    }

    private func sameCount(_ what: String, _ found: Int, _ expected: Int) throws(TrainingError) {
        guard found == expected else { throw .sizeMismatch(what: what, expected: expected, found: found) }
    }

    private func inRange(_ what: String, _ indices: [UInt32], _ count: Int) throws(TrainingError) {
        guard let highest = indices.max(), Int(highest) >= count else { return }
        let position = indices.firstIndex(of: highest) ?? 0
        throw .indexOutOfRange(what: what, position: position, index: Int(highest), count: count)
    }

    private func finite(_ what: String, _ numbers: [Float]) throws(TrainingError) {
        guard let bad = numbers.firstIndex(where: { !$0.isFinite }) else { return }
        throw .nonFiniteInput(what: what, position: bad, value: numbers[bad])
    }
}
