/// A list as it is written on the command line: commas between its elements, and "double quotes" around an element or a feature's value
/// that has commas or spaces at its ends, with \" and \\ inside.
enum CommaList {
    /// The elements without white space around them; empty ones are left out.
    ///
    /// - Throws: `CommandError` for a quotation mark that is not closed; `option` is what the message calls the list.
    static func elements(_ list: String, option: String) throws -> [String] {
        var elements: [String] = []
        var element = ""
        // How long the element was when its last quotes were closed: white space up to there belongs to it.
        var kept = 0
        var isQuoted = false
        var rest = list[...]
        func finish() {
            while element.count > kept, element.last?.isWhitespace == true { element.removeLast() }
            if !element.isEmpty { elements.append(element) }
            (element, kept) = ("", 0)
        }
        while let character = rest.popFirst() {
            if isQuoted {
                switch character {
                case "\"":
                    isQuoted = false
                    kept = element.count
                case "\\": element.append(rest.popFirst() ?? "\\")
                default: element.append(character)
                }
                continue
            }
            switch character {
            case ",": finish()
            // Quotes open where an element or a value begins.
            case "\"" where element.isEmpty || element.last == ":" && element.dropLast().contains(":") == false: isQuoted = true
            case _ where element.isEmpty && character.isWhitespace: continue
            default: element.append(character)
            }
        }
        if isQuoted { throw CommandError("a quotation mark in \(option) is not closed. Inside quotes write \\\" for one") }
        finish()
        return elements
    }
}
