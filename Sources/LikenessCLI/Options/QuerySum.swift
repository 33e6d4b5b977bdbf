/// The terms of several `--to` as one query: each with a plus sign, and its value in quotes, so that spaces stay in it.
struct QuerySum: CustomStringConvertible {
    let description: String

    init(_ terms: [String]) {
        description = terms.map(QuerySum.quoted).joined(separator: " ")
    }

    private static func quoted(_ term: String) -> String {
        guard let colon = term.firstIndex(of: ":"), colon > term.startIndex else { return term }
        let value = term[term.index(after: colon)...]
        if value.isEmpty { return term }
        var quoted = ""
        for character in value {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return "+\(term[...colon])\"\(quoted)\""
    }
}
