import Algorithms
import LMDB
import LikenessFormat
public import LikenessStore

/// An item or a feature that was found by the words of its name.
public struct FoundName: Sendable, Codable, Equatable {
    /// What it is.
    public enum Kind: String, Sendable, Codable {
        case item
        /// A feature of items.
        case tag
        /// A feature of users.
        case userFeature = "user-feature"
    }

    /// What it is.
    public let kind: Kind
    /// The item's id, or the feature's label.
    public let id: String
    /// The item's name, if it has one.
    public let name: String?
}

extension StoreReader {
    /// Items and features in whose id, name or label all words of a text begin words, whatever their case.
    ///
    /// Those that are the whole text come first, then those of fewer letters; of equals items before features, and the earlier before the
    /// later.
    /// - Parameter limit: how many at the most.
    /// - Throws: `QueryError.unreadable` if the text has no word.
    /// - Complexity: O(letters of all names); `limit` of them in memory.
    public func find(_ text: String, limit: Int = 20) throws(QueryError) -> [FoundName] {
        let sought = FoundWords(text)
        guard !sought.isEmpty else { throw .unreadable("nothing to find was given. Write the beginning of a word of a name") }
        guard limit > 0 else { throw .badCount(limit) }
        var found = BestNames(limit: limit)
        do throws(StoreError) {
            let reader = try Reading(environment)
            var failure: StoreError?
            try Vocabulary(.item, in: tables).forEach(in: reader) { row, id in
                do throws(StoreError) {
                    let name = try ItemDetails.name(of: row, in: reader, tables)
                    if let rank = sought.rank(id, name) { found.offer(FoundName(kind: .item, id: id, name: name), rank) }
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
            if let failure { throw failure }
            for (kind, name) in [(RowKind.itemFeature, FoundName.Kind.tag), (.userFeature, .userFeature)] {
                try Vocabulary(kind, in: tables).forEach(in: reader) { _, label in
                    if let rank = sought.rank(label, nil) { found.offer(FoundName(kind: name, id: label, name: nil), rank) }
                    return true
                }
            }
        } catch {
            throw .store(error)
        }
        return found.names
    }
}

/// The words of a text, to look for.
private struct FoundWords {
    private let whole: String
    private let words: [Substring]

    init(_ text: String) {
        let folded = text.lowercased()
        words = FoundWords.words(folded)
        whole = folded
    }

    var isEmpty: Bool { whole.allSatisfy(\.isWhitespace) }

    /// How well a name fits, the lower the better; nil if it does not.
    func rank(_ id: String, _ name: String?) -> Int? {
        let (id, name) = (id.lowercased(), name?.lowercased())
        if id == whole || name == whole { return 0 }
        if words.isEmpty {
            // Signs alone, such as an emoji.
            return id.contains(whole) || name?.contains(whole) == true ? 1 + (name ?? id).utf8.count : nil
        }
        let there = FoundWords.words(id) + (name.map(FoundWords.words) ?? [])
        guard words.allSatisfy({ word in there.contains { $0.hasPrefix(word) } }) else { return nil }
        return 1 + (name ?? id).utf8.count
    }

    private static func words(_ text: String) -> [Substring] {
        text.split { !$0.isLetter && !$0.isNumber }
    }
}

/// The names that fit best; of equals the earlier ones.
private struct BestNames {
    private let limit: Int
    private var kept: [(rank: Int, name: FoundName)] = []

    init(limit: Int) { self.limit = limit }

    var names: [FoundName] { kept.map(\.name) }

    mutating func offer(_ name: FoundName, _ rank: Int) {
        if kept.count == limit, let last = kept.last, last.rank <= rank { return }
        kept.insert((rank, name), at: kept.partitioningIndex { $0.rank > rank })
        if kept.count > limit { kept.removeLast() }
    }
}
