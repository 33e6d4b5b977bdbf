import ArgumentParser
import Likeness

/// What a half-typed line of the shell may become.
struct ShellCompleter: Sendable {
    /// The store whose ids, names and labels are offered; nil for none.
    let store: StoreReader?
    /// Words that are offered at most.
    static let limit = 200

    /// The words that may stand in place of the last one, as they are written, in order.
    func candidates(for line: String) -> [String] {
        let split = ShellWords(line)
        let isWithinWord = !split.lastWritten.isEmpty
        let last = isWithinWord ? split.words.last ?? "" : ""
        var before = isWithinWord ? Array(split.words.dropLast()) : split.words
        if before.first == "likeness" { before.removeFirst() }
        let (command, arguments) = ShellCompleter.command(before)
        if !command.configuration.subcommands.isEmpty, arguments.isEmpty {
            let names = command.configuration.subcommands.map(ShellCompleter.name)
            return (before.isEmpty ? names + ["exit", "help"] : names).filter { $0.hasPrefix(last) }.sorted()
        }
        if last.hasPrefix("--") { return ShellCompleter.options(of: command).filter { $0.hasPrefix(last) } }
        let found = (arguments.last == "--user" ? terms("user:" + last).map { String($0.dropFirst("user:".count)) } : terms(last))
        let quote = split.lastWritten.first { $0 == "\"" || $0 == "'" }
        return found.map { ShellCompleter.written($0, like: split.lastWritten, quote: quote) }
    }

    /// A term as it is written after what stands there: its quote begins where that of the unfinished word does.
    private static func written(_ term: String, like unfinished: String, quote: Character?) -> String {
        guard let quote, let place = unfinished.firstIndex(of: quote) else { return ShellWords.quoted(term) }
        let head = unfinished[..<place]
        guard term.hasPrefix(head), !term.contains(quote), !term.contains("\\") else { return ShellWords.quoted(term) }
        return head + String(quote) + term.dropFirst(head.count) + String(quote)
    }

    private func terms(_ start: String) -> [String] {
        (try? store?.completions(of: start, limit: ShellCompleter.limit)) ?? []
    }

    /// The command that words name, and the words after its name.
    private static func command(_ words: [String]) -> (any ParsableCommand.Type, arguments: [String]) {
        var command: any ParsableCommand.Type = LikenessCommand.self
        var rest = words[...]
        while let word = rest.first, let next = command.configuration.subcommands.first(where: { name($0) == word }) {
            command = next
            rest.removeFirst()
        }
        return (command, Array(rest))
    }

    private static func name(_ command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? ""
    }

    /// The long options that a command's help lists.
    private static func options(of command: any ParsableCommand.Type) -> [String] {
        let help = LikenessCommand.helpMessage(for: command, includeHidden: false, columns: 1_000)
        let words = help.split { !($0.isLetter || $0.isNumber || $0 == "-") }
        return Set(words.filter { $0.hasPrefix("--") && $0.count > 3 }.map(String.init)).sorted()
    }
}
