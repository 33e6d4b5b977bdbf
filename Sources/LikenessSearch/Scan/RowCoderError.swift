/// Why rows cannot be coded.
package enum RowCoderError: Error, Equatable, CustomStringConvertible {
    case notFinite(row: Int)
    case tooLarge(row: Int)
    case sizeDiffers(array: String, expected: Int, found: Int)

    package var description: String {
        switch self {
        case .notFinite(let row):
            "row \(row) has a component or bias that is not a finite number; train again with a lower learning rate"
        case .tooLarge(let row):
            "row \(row) has a length or bias above \(RowCoder.largestNorm); train again with a lower learning rate"
        case .sizeDiffers(let array, let expected, let found):
            "\(array) has \(found) elements where \(expected) were expected"
        }
    }
}
