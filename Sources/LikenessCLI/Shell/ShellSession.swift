import ArgumentParser
import Likeness
import Platform

/// What runs the lines of a shell.
struct ShellSession {
    /// How a line ended.
    enum Outcome {
        case done, failed, left
    }

    let path: String
    /// Keeps the map open between commands.
    private(set) var store: StoreReader?

    init(path: String) {
        self.path = path
    }

    /// Opens the store, for writing if it may be written: a file is mapped once in a process.
    mutating func open() {
        if store != nil { return }
        store = try? Store.open(at: path)
        if store == nil { store = try? StoreReader.open(at: path) }
    }

    /// Runs one line.
    mutating func perform(_ line: String) -> Outcome {
        let split = ShellWords(line)
        if split.words.first == "complete" {
            let text = line.drop { $0.isWhitespace }.dropFirst("complete".count).drop { $0.isWhitespace }
            for candidate in ShellCompleter(store: store).candidates(for: String(text)) { Terminal.writeLine(candidate) }
            return .done
        }
        if let quote = split.openQuote {
            Terminal.writeError("error: the line ends within the quote \(quote)\n")
            return .failed
        }
        var words = split.words
        if words.first == "likeness" { words.removeFirst() }
        switch words.first {
        case nil: return .done
        case "exit", "quit": return .left
        case "help": words = words.count == 1 ? ["--help"] : Array(words.dropFirst()) + ["--help"]
        case "shell":
            Terminal.writeError("error: this is a shell already\n")
            return .failed
        default: break
        }
        // A signal that ended the command before is over.
        Interruption.forget()
        defer { open() }
        do {
            var command = try LikenessCommand.parseAsRoot(words)
            try command.run()
            return .done
        } catch {
            return Failure.tell(error) ? .done : .failed
        }
    }
}
