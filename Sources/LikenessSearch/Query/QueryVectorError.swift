/// Why a vector cannot be searched for.
public enum QueryVectorError: Error, Equatable, CustomStringConvertible {
    case notFinite(component: Int)
    case tooManyComponents(Int)
    case zeroTerm(String)
    case zeroSum
    case componentsDiffer(term: String, expected: Int, found: Int)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .notFinite(let component):
            "component \(component) of the query is not a finite number; the version it was built from is damaged, verify it"
        case .tooManyComponents(let count):
            "a query of \(count) components is too long; at most \(QueryVector.maximumComponents) are supported"
        case .zeroTerm(let term):
            "\(term) has a vector of zeros in this version, so nothing is near it; it was not trained, leave it out"
        case .zeroSum:
            "the terms of the query cancel each other out, so there is no direction left to search in; change a weight or a term"
        case .componentsDiffer(let term, let expected, let found):
            "\(term) has \(found) components where \(expected) were expected; take all terms from one version"
        }
    }
}
