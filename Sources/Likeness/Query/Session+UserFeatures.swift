import LMDB
import LikenessFormat
import LikenessModels
import LikenessStore
import LikenessTraining
import PlainText

/// What features say of a user: Σ weight × vector, as the version weighs the features of its own users.
struct FeatureSum {
    /// One feature that the version knows.
    struct Part {
        let feature: UInt32
        /// The feature's vector times its weight.
        let vector: [Float]
    }

    let parts: [Part]
    /// The weight of the user's own embedding beside the features.
    let ownWeight: Float

    /// The sum of the parts.
    var vector: [Float] {
        guard var sum = parts.first?.vector else { return [] }
        for part in parts.dropFirst() {
            for place in sum.indices { sum[place] += part.vector[place] }
        }
        return sum
    }
}

extension Session {
    /// The vector of a feature of users; nil if no user of the version has it. Its block is checked against its hash.
    ///
    /// - Complexity: O(layers × log rows + bytes of a block).
    func userFeatureVector(_ row: UInt32) throws(QueryError) -> [Float]? {
        let components = manifest.components
        do throws(StoreError) {
            let rows = try rows(.userFeature)
            // Older versions counted nothing.
            if manifest.totals != nil, try !rows.isPresent(Int(row), in: transaction) { return nil }
            guard let place = rows.place(of: Int(row)) else { return nil }
            let layout =
                LeastSquaresRecord(of: manifest) == nil
                ? MatrixNames.parameters(.userFeature, .embeddings, components: components)
                : MatrixNames.representations(.userFeature, components: components)
            guard let descriptor = try rows.descriptor(layout, part: place.part) else { return nil }
            let bytes = try MatrixView(descriptor, in: store).row(place.row, in: transaction)
            let vector = (0..<components).map { Float(bitPattern: bytes.littleEndian(at: 4 * $0)) }
            guard vector.allSatisfy(\.isFinite) else {
                throw .damaged(table: "blocks", key: layout.name, reason: "row \(row) has a number that is not finite")
            }
            return vector
        } catch {
            throw .store(error)
        }
    }

    /// What features say of somebody, weighed as the version weighs those of its users; nil if it knows none of them.
    ///
    /// - Parameter raw: rows of features, ascending, each once, with the weights that they were given.
    func featureSum(_ raw: [(feature: UInt32, weight: Float)]) throws(QueryError) -> FeatureSum? {
        guard let options = FeatureOptions(of: manifest), options.weighting != .none else { return nil }
        var known: [(feature: UInt32, weight: Float)] = []
        var vectors: [[Float]] = []
        for entry in raw {
            guard let vector = try userFeatureVector(entry.feature) else { continue }
            known.append(entry)
            vectors.append(vector)
        }
        if known.isEmpty { return nil }
        do {
            let tags = try rows(.userFeature)
            var counts: [UInt32: Int] = [:]
            for (feature, _) in known { counts[feature] = Int(try tags.tally(of: Int(feature), in: transaction)?.likes ?? 0) }
            let total = manifest.totals?.users ?? manifest.vocabularies.users
            let weighed = try options.rows(of: [known], rowCount: total, rowsWith: { counts[$0] ?? 0 })
            guard let weighed else { return nil }
            let parts = zip(weighed.features(of: 0), vectors).map { entry, vector in
                FeatureSum.Part(feature: entry.feature, vector: vector.map { entry.weight * $0 })
            }
            return FeatureSum(parts: parts, ownWeight: weighed.identityWeights[0])
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unsearchable("\(error)")
        }
    }

    /// The rows of features of users by their labels, ascending, each once, and the labels that the version does not know.
    func rows(ofUserFeatures labels: [String]) throws(QueryError) -> (rows: [(feature: UInt32, weight: Float)], unknown: [String]) {
        let vocabulary = Vocabulary(.userFeature, in: store.tables)
        var (rows, unknown): (Set<UInt32>, [String]) = ([], [])
        for label in labels {
            let row: UInt32?
            do { row = try vocabulary.index(of: try Session.featureLabel(label), in: transaction) } catch let error as QueryError {
                throw error
            } catch let error as StoreError {
                throw .store(error)
            } catch {
                throw .unsearchable("\(error)")
            }
            if let row, try userFeatureVector(row) != nil { rows.insert(row) } else { unknown.append(label) }
        }
        return (rows.sorted().map { ($0, 1) }, unknown)
    }

    /// A label as the store keeps it: in lower case, without white space around the value.
    ///
    /// - Throws: `QueryError.unreadable` if it is not written TYPE:VALUE.
    static func featureLabel(_ text: String) throws(QueryError) -> String {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw notALabel(text) }
        let (type, value) = (trimmed(parts[0]), trimmed(parts[1]))
        guard !type.isEmpty, !value.isEmpty else { throw notALabel(text) }
        return "\(type.labelForm):\(value.labelForm)"
    }

    private static func notALabel(_ text: String) -> QueryError {
        .unreadable("'\(text.printable)' is no feature of users. Write TYPE:VALUE, such as country:fr")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var rest = text
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
