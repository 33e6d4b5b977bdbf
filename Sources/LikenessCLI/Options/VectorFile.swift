import Likeness
import PlainText

/// A vector as a file holds it: numbers with commas or white space between them, in brackets or not.
enum VectorFile {
    /// Numbers that no vector of a version exceeds.
    private static let limit = 65_536

    /// - Throws: `CommandError` for what is no number.
    static func numbers(in path: String) throws -> [Float] {
        var numbers: [Float] = []
        for line in try LineFile.lines(of: path) {
            for word in line.split(whereSeparator: { $0 == "," || $0 == "[" || $0 == "]" || $0.isWhitespace }) {
                guard let number = Float(word), number.isFinite else {
                    throw CommandError(
                        "'\(word.printable(atMost: 40))' in \(path) is no finite number. Write numbers with commas or spaces between them")
                }
                numbers.append(number)
                if numbers.count > limit { throw CommandError("\(path) has more than \(limit) numbers, and no vector is that long") }
            }
        }
        return numbers
    }

    /// Writes a vector as one line of JSON.
    static func show(_ vector: [Float]) {
        Terminal.writeLine("[\(vector.map { "\($0)" }.joined(separator: ","))]")
    }
}
