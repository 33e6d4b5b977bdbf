/// A line of the shell as the words of a command: spaces divide, single and double quotes hold together, a backslash takes the next
/// character as it is (not within single quotes), and a `#` that begins a word begins a comment.
struct ShellWords: Equatable {
    /// The words without their quotes.
    private(set) var words: [String] = []
    /// The last word as it is written; empty if the line ends with a space.
    private(set) var lastWritten = ""
    /// The quote that is still open at the end.
    private(set) var openQuote: Character?

    init(_ line: String) {
        var (word, written, hasWord) = ("", "", false)
        var characters = line.makeIterator()
        while let character = characters.next() {
            if let quote = openQuote {
                written.append(character)
                if character == quote {
                    openQuote = nil
                } else if character == "\\", quote == "\"", let next = characters.next() {
                    written.append(next)
                    word.append(next)
                } else {
                    word.append(character)
                }
                continue
            }
            if character == "#", !hasWord { break }
            if character.isWhitespace {
                if hasWord { words.append(word) }
                (word, written, hasWord) = ("", "", false)
                continue
            }
            hasWord = true
            written.append(character)
            if character == "\"" || character == "'" {
                openQuote = character
            } else if character == "\\" {
                guard let next = characters.next() else { break }
                written.append(next)
                word.append(next)
            } else {
                word.append(character)
            }
        }
        if hasWord { words.append(word) }
        lastWritten = written
    }

    /// A word as it must be written: with quotes if it needs them.
    ///
    /// - Parameter quote: the one to use where either will do.
    static func quoted(_ word: String, with quote: Character = "\"") -> String {
        let isPlain = !word.isEmpty && !word.hasPrefix("#") && word.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "'" && $0 != "\\" }
        if isPlain { return word }
        if quote == "'", !word.contains("'") { return "'\(word)'" }
        return "\"" + word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
