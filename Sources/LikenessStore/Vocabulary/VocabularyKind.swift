/// Which of a store's four vocabularies.
package enum VocabularyKind: String, CaseIterable, Sendable {
    case users = "user"
    case items = "item"
    case itemFeatures = "item.feature"
    case userFeatures = "user.feature"
}
