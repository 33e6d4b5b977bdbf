/// One part of a query: an item, a user or a feature of either, with its weight.
public struct QueryTerm: Sendable, Hashable, CustomStringConvertible {
    /// What a term names.
    public enum Kind: String, Sendable, CaseIterable {
        /// An item, by its id.
        case item
        /// A user, by its id.
        case user
        /// A feature, by its label `type:value`: of items, or of users if no item has it.
        case feature
        /// A feature of users, by its label, whether or not items have one of that label.
        case userFeature = "user-feature"
    }

    /// What the term names.
    public let kind: Kind
    /// The id of an item or user as written, or the lower-cased label `type:value` of a feature.
    public let name: String
    /// What the unit vector of the term is multiplied by; below zero for a term to stay away from.
    public let weight: Double

    /// Creates a term.
    public init(_ kind: Kind, _ name: String, weight: Double = 1) {
        self.kind = kind
        self.name = name
        self.weight = weight
    }

    /// The term without its weight, as a query spells it when nothing needs quoting: `item:b`, `tag:tiltbrush`.
    public var label: String {
        kind == .feature ? name : "\(kind.rawValue):\(name)"
    }

    /// The term as `QueryExpression` reads it back: `+tag:"low poly"`, `-2.5*item:b`.
    public var description: String {
        let sign = weight < 0 ? "-" : "+"
        let factor = abs(weight) == 1 ? "" : "\(abs(weight))*"
        let label = label
        let colon = label.firstIndex(of: ":") ?? label.endIndex
        let value = label[colon...].dropFirst()
        guard value.isEmpty || value.contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "\\" }) else {
            return sign + factor + label
        }
        var quoted = ""
        for character in value {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return "\(sign)\(factor)\(label[..<colon]):\"\(quoted)\""
    }
}
