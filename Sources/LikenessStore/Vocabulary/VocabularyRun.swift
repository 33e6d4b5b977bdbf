import LMDB
import LikenessFormat

/// What one run of ingest knows of a vocabulary: the index of every id that it has met, by the id's ordinal in the run.
///
/// The work is planned on a read transaction, outside the writer's lock; the plan holds as long as the vocabulary has the
/// length that it had then, because a vocabulary only ever grows.
struct VocabularyRun {
    let vocabulary: Vocabulary
    /// The index of each ordinal, once that is durable.
    private(set) var indices: [UInt32] = []

    init(_ vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
    }

    /// The indices for a batch's new ids.
    struct Plan {
        /// The vocabulary's length when this was planned.
        let length: UInt32
        /// The index of each new id.
        let indices: [UInt32]
        /// Positions of the ids that the vocabulary lacks, in order of appearance: they get the indices from `length` on.
        let additions: [Int]
        /// The same positions in order of the ids' bytes.
        let sortedAdditions: [Int]
    }

    /// Finds or foresees the indices of ids that are new to this run.
    ///
    /// - Complexity: O(n log n) for n ids; no look-up if the run has met every id of the vocabulary.
    func plan<Reader: TableReader & ~Copyable>(
        _ ids: IdentifierList, in reader: borrowing Reader
    ) throws(StoreError) -> Plan where Reader.Failure == StoreError {
        let length = try vocabulary.length(in: reader)
        let knowsAll = indices.count == Int(length)
        return try ids.withIdentifiers { ids throws(StoreError) in
            let sorted = ids.sortedPositions()
            var found = [UInt32](repeating: .max, count: sorted.count)
            if !knowsAll {
                for position in sorted {
                    if let index = try unsafe vocabulary.index(of: ids[position], in: reader) {
                        found[position] = index
                    }
                }
            }
            var additions: [Int] = []
            for position in found.indices where found[position] == .max {
                found[position] = length + UInt32(additions.count)
                additions.append(position)
            }
            let sortedAdditions =
                additions.count == sorted.count ? sorted : sorted.filter { found[$0] >= length }
            return Plan(length: length, indices: found, additions: additions, sortedAdditions: sortedAdditions)
        }
    }

    /// Whether the plan still holds.
    func holds(_ plan: Plan, in transaction: borrowing Writing) throws(StoreError) -> Bool {
        try vocabulary.length(in: transaction) == plan.length
    }

    /// Writes the ids that the vocabulary lacks.
    func write(_ plan: Plan, _ ids: IdentifierList, in transaction: inout Writing) throws(StoreError) {
        let isEmpty = plan.length == 0
        try ids.withIdentifiers { ids throws(StoreError) in
            for position in plan.sortedAdditions {
                try unsafe transaction.put(
                    littleEndian: plan.indices[position], at: ids[position], in: vocabulary.indices,
                    mode: isEmpty ? .appending : .replacing)
            }
            for position in plan.additions {
                try unsafe transaction.put(
                    ids[position], at: plan.indices[position], in: vocabulary.ids, mode: .appending)
            }
        }
    }

    /// Takes the plan over once it is durable.
    mutating func keep(_ plan: Plan) {
        indices.append(contentsOf: plan.indices)
    }

    /// The index of an ordinal, given the plan for the ordinals of this batch.
    @inline(__always)
    func index(of ordinal: UInt32, _ plan: Plan) -> UInt32 {
        let ordinal = Int(ordinal)
        return ordinal < indices.count ? indices[ordinal] : plan.indices[ordinal - indices.count]
    }
}

extension WriteTransaction<StoreError> {
    mutating func put(
        littleEndian value: UInt32, at key: UnsafeRawBufferPointer, in table: Table, mode: PutMode
    ) throws(StoreError) {
        var value = value.littleEndian
        try unsafe Swift.withUnsafeBytes(of: &value) { bytes throws(StoreError) in
            try unsafe put(bytes, at: key, in: table, mode: mode)
        }
    }
}
