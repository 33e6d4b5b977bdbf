import ArgumentParser
import Likeness
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `likeness shell`: the other commands, one a line, on a store that stays open.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Run commands one after the other on a store that stays open.",
        discussion: """
            Each line is a command without `likeness` before it: nearest items --to tag:dragon. The store is opened once, so that an answer \
            takes no start of a process. On a terminal the tab key completes commands, options, ids, names and tags, and the arrow keys \
            bring earlier lines back, where the system has libedit. `complete TEXT` prints what may follow TEXT, `help` lists the commands, and \
            `exit` or Ctrl-D leaves. Without a terminal lines are read from standard input; the exit status is 1 if one of them failed.

            Examples:
              likeness shell
              echo 'nearest items --to tag:dragon' | likeness shell
            """)

    @OptionGroup var store: StoreOptions

    func run() throws {
        let isInteractive = StandardStream.isTerminal(StandardStream.input) && StandardStream.isTerminal(StandardStream.output)
        StoreOptions.useInShell(store.path)
        var session = ShellSession(path: store.path)
        session.open()
        let kept = session.store
        let editor = LineEditor(isInteractive: isInteractive, historyFile: isInteractive ? ShellCommand.historyFile : nil) { line in
            ShellCompleter(store: kept).candidates(for: line)
        }
        if isInteractive {
            Terminal.writeLine(
                "likeness on \(store.path): help lists the commands, \(editor.edits ? "tab completes, " : "")exit or Ctrl-D leaves")
        }
        var hasFailed = false
        while !Terminal.hasFailed, let line = editor.read(prompt: "likeness> ") {
            switch session.perform(line) {
            case .done: continue
            case .failed: hasFailed = true
            case .left:
                if hasFailed, !isInteractive { throw ExitCode.failure }
                return
            }
        }
        if isInteractive { Terminal.writeLine("") }
        if hasFailed, !isInteractive { throw ExitCode.failure }
    }

    /// Where typed lines are kept.
    private static var historyFile: String? {
        ProcessInfo.processInfo.environment["HOME"].map { $0 + "/.likeness_history" }
    }
}
