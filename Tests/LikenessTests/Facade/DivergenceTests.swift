import Likeness
import Testing

/// What is told of a fit that one like of a huge weight spoils.
@Suite struct DivergenceTests {
    /// A row that takes a step too long for it, from one like of one user. With an identity scale of a tenth own embeddings beside
    /// features take a tenth of a step.
    struct Case: Sendable, CustomStringConvertible {
        let row: String
        let user: String
        let itemFeatures: String
        let userFeatures: String
        let identityScale: Float
        var description: String { row }
    }

    static let cases = [
        Case(row: "item 'new'", user: "u1", itemFeatures: "", userFeatures: "", identityScale: 1),
        Case(row: "item feature 'tag:huge'", user: "u1", itemFeatures: "new|tag|Huge\n", userFeatures: "", identityScale: 0.1),
        Case(row: "user 'heavy'", user: "heavy", itemFeatures: "", userFeatures: "", identityScale: 0.1),
        Case(
            row: "user feature 'country:far'", user: "heavy", itemFeatures: "", userFeatures: "heavy|country|Far\n",
            identityScale: 0.1),
    ]

    @Test("The row that is not finite any more is named by its kind and id, with the epoch", arguments: cases, [1, 3])
    func names(_ this: Case, epochs: Int) throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var (dislikes, columns) = (IngestOptions(), LikesColumns())
        (dislikes.kind, columns.weight) = (.dislike, "weight")
        let others = "mid|uid\n" + (0..<60).map { "i\(($0 + 1) % 40)|u\($0)\n" }.joined()
        try store.ingestLikes(from: folder.write(others, to: "dislikes.psv"), options: dislikes)
        let header = "mid|type|value\n"
        try store.ingestFeatures(from: folder.write(header + this.itemFeatures, to: "items.psv"))
        try store.ingestFeatures(from: folder.write(header + this.userFeatures, to: "users.psv"), of: .users)
        var options = FitOptions()
        (options.hyperparameters.loss, options.hyperparameters.components) = (.logistic, 12)
        options.hyperparameters.epochs = epochs
        (options.minimumItemLikes, options.minimumUserLikes) = (1, 1)
        (options.features.identityScale, options.features.shrinkage) = (this.identityScale, 0)
        try store.fit(options)
        let like = "mid|uid|weight\nnew|\(this.user)|1e20\n"
        try store.ingestLikes(from: folder.write(like, to: "heavy.psv"), columns: columns)
        let error = #expect(throws: FitError.self) { try store.fit(options) }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains("training diverged in epoch 1: \(this.row) is no longer finite"), "\(message)")
        #expect(message.contains("check weights"))
        #expect(try store.versions().map(\.version) == [1])
    }
}
