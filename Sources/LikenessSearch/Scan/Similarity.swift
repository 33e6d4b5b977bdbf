/// How a query and a row are compared.
public enum Similarity: String, Sendable, CaseIterable {
    /// `x·q / (‖x‖·‖q‖)`: the angle only. A row or a query of length zero scores 0.
    case cosine
    /// `x·q + bias of x`: what ranks items for a user. The query's own bias is the same for every row and left out.
    case innerProduct
}
