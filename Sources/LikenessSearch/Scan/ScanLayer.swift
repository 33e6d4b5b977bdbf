import Algorithms

/// Rows that lie over those of a table, or past its end, with their numbers.
package struct ScanLayer: Sendable {
    /// The numbers of the rows, ascending.
    package let numbers: [UInt32]
    /// The rows' contents in the same order, laid out as those of the table.
    package let representations: RowSegments
    package let codes: RowSegments
    package let terms: RowSegments

    /// Creates a layer.
    ///
    /// - Throws: `ScanTableError` if the matrices do not fit each other and the numbers.
    package init(
        numbers: [UInt32], representations: RowSegments, codes: RowSegments, terms: RowSegments
    ) throws(ScanTableError) {
        guard representations.rows == numbers.count, codes.rows == numbers.count, terms.rows == numbers.count else {
            throw .rowsDiffer(representations: representations.rows, codes: codes.rows, terms: terms.rows)
        }
        guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .layerOutOfOrder }
        self.numbers = numbers
        self.representations = representations
        self.codes = codes
        self.terms = terms
    }

    /// Where in the layer a row is; nil if the layer does not have it.
    ///
    /// - Complexity: O(log rows).
    package func position(of row: UInt32) -> Int? { numbers.position(ofSorted: row) }
}

extension [UInt32] {
    /// Where a value is among ascending ones; nil if it is not among them.
    ///
    /// - Complexity: O(log n).
    package func position(ofSorted value: UInt32) -> Int? {
        let place = partitioningIndex { $0 >= value }
        return place < count && self[place] == value ? place : nil
    }
}
