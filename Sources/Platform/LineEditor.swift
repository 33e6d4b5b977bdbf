#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads lines that a user types, with editing, history and completion where the system has libedit, and as they come elsewhere.
///
/// libedit is looked for when the first line is read, so that nothing has to be installed for a build. There is one editor in a process.
package struct LineEditor {
    /// What a half-typed line may become: the line up to the cursor in; the words that may stand in place of its last word out.
    package typealias Completer = @Sendable (_ line: String) -> [String]

    private let library: Libedit?
    private let historyFile: String?
    /// Lines that the history keeps.
    private static let historyLimit: Int32 = 1_000

    /// Prepares to read from standard input.
    ///
    /// - Parameters:
    ///   - isInteractive: whether somebody types; otherwise lines are read as they come, without a prompt.
    ///   - historyFile: where lines are kept from one run to the next; nil for nowhere.
    package init(isInteractive: Bool, historyFile: String?, completer: @escaping Completer) {
        library = isInteractive ? Libedit() : nil
        self.historyFile = historyFile
        guard let library else { return }
        unsafe Libedit.completer = completer
        library.install()
        if let historyFile { _ = unsafe library.readHistory(historyFile) }
    }

    /// Whether lines can be edited.
    package var edits: Bool { library != nil }

    /// The next line without its end; nil at the end of the input.
    package func read(prompt: String) -> String? {
        guard let library else { return readLine(strippingNewline: true) }
        guard let line = unsafe library.readLine(prompt) else { return nil }
        defer { unsafe free(line) }
        let text = unsafe String(cString: line)
        if text.contains(where: { $0 != " " }) {
            _ = unsafe library.addHistory(line)
            if let historyFile {
                // Lines hold ids and names, which are nobody else's business.
                let mask = umask(0o077)
                _ = unsafe library.writeHistory(historyFile)
                umask(mask)
            }
        }
        return text
    }
}

/// The functions of libedit that the editor needs, under the names that it shares with readline.
@safe private struct Libedit {
    private typealias Generator = @convention(c) (UnsafePointer<CChar>?, Int32) -> UnsafeMutablePointer<CChar>?
    private typealias Words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private typealias Attempt = @convention(c) (UnsafePointer<CChar>?, Int32, Int32) -> Words?
    private typealias Matches = @convention(c) (UnsafePointer<CChar>?, Generator) -> Words?

    let readLine: @convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>?
    let addHistory: @convention(c) (UnsafePointer<CChar>) -> Int32
    let readHistory: @convention(c) (UnsafePointer<CChar>) -> Int32
    let writeHistory: @convention(c) (UnsafePointer<CChar>) -> Int32
    private let matches: Matches
    private let attempt: UnsafeMutablePointer<Attempt?>
    private let breaks: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let line: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    /// What completes, and what it found for the word in hand. libedit calls back on the thread that reads, and nowhere else.
    nonisolated(unsafe) static var completer: LineEditor.Completer = { _ in [] }
    nonisolated(unsafe) private static var found: [String] = []
    nonisolated(unsafe) private static var installed: Libedit?

    /// Nil if the system has no libedit.
    init?() {
        var handle: UnsafeMutableRawPointer?
        for name in ["libedit.so.2", "libedit.so.0", "libedit.3.dylib", "libedit.so"] where unsafe handle == nil {
            unsafe handle = dlopen(name, RTLD_NOW)
        }
        guard let handle = unsafe handle, let readLine = unsafe dlsym(handle, "readline"),
            let addHistory = unsafe dlsym(handle, "add_history"), let readHistory = unsafe dlsym(handle, "read_history"),
            let writeHistory = unsafe dlsym(handle, "write_history"), let matches = unsafe dlsym(handle, "rl_completion_matches"),
            let attempt = unsafe dlsym(handle, "rl_attempted_completion_function"),
            let breaks = unsafe dlsym(handle, "rl_basic_word_break_characters"), let line = unsafe dlsym(handle, "rl_line_buffer")
        else { return nil }
        // The types are those of editline/readline.h.
        unsafe self.readLine = unsafeBitCast(readLine, to: type(of: self.readLine))
        unsafe self.addHistory = unsafeBitCast(addHistory, to: type(of: self.addHistory))
        unsafe self.readHistory = unsafeBitCast(readHistory, to: type(of: self.readHistory))
        unsafe self.writeHistory = unsafeBitCast(writeHistory, to: type(of: self.writeHistory))
        unsafe self.matches = unsafeBitCast(matches, to: Matches.self)
        unsafe self.attempt = attempt.assumingMemoryBound(to: Attempt?.self)
        unsafe self.breaks = breaks.assumingMemoryBound(to: UnsafePointer<CChar>?.self)
        unsafe self.line = line.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
    }

    /// Has libedit ask for completions.
    func install() {
        unsafe Libedit.installed = self
        // A word ends with a space alone. The text is never given back.
        unsafe breaks.pointee = UnsafePointer(strdup(" "))
        unsafe attempt.pointee = { word, start, end in
            guard let library = unsafe Libedit.installed, let word = unsafe word, let line = unsafe library.line.pointee else { return nil }
            let text = unsafe String(decoding: UnsafeRawBufferPointer(start: line, count: Int(end)), as: UTF8.self)
            let typed = unsafe String(cString: word)
            // What stands before the word in hand, within quotes, stays.
            unsafe Libedit.found = Libedit.completer(text).compactMap { candidate in
                let whole = Libedit.lastWord(of: text)
                guard candidate.hasPrefix(whole), whole.hasSuffix(typed) else { return nil }
                return String(candidate.dropFirst(whole.count - typed.count))
            }
            if unsafe Libedit.found.isEmpty { return nil }
            return unsafe library.matches(word) { _, place in
                unsafe Int(place) < Libedit.found.count ? strdup(Libedit.found[Int(place)]) : nil
            }
        }
    }

    /// The last word of a line, with the quote that it may begin with.
    private static func lastWord(of line: String) -> String {
        var (start, quote) = (line.startIndex, Character?.none)
        for index in line.indices {
            if let open = quote {
                if line[index] == open { quote = nil }
            } else if line[index] == "\"" || line[index] == "'" {
                quote = line[index]
            } else if line[index] == " " {
                start = line.index(after: index)
            }
        }
        return String(line[start...])
    }
}
