import Foundation
import Testing

/// What somebody at a terminal sees of a long command.
@Suite struct ProgressTests {
    @Test("A fit draws how far it is, its loss, its rate and the time left, and takes that off in the end")
    func fit() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let terminal = try PseudoTerminal(columns: 90)
        var likeness = workspace.likeness
        likeness.variables["TERM"] = "xterm"
        let fit = try likeness.start(["fit", "--epochs", "20000", "--components", "16", "--threads", "1"], terminal: terminal)
        let drawn = terminal.read { $0.contains(" left ") && $0.contains("likes/s") }
        fit.send(SIGINT)
        let rest = terminal.read()
        let result = try fit.wait()
        #expect(result.status == 130)
        let lines = drawn.split(separator: "\r")
        #expect(lines.allSatisfy { $0.hasSuffix("\u{1B}[K") }, "each line clears what is left of the one before")
        let line = try #require(lines.last { $0.contains(" left ") })
        #expect(line.contains("░") && line.contains(" % ") && line.contains(" of 20000"), "\(line)")
        let loss = try #require(drawn.range(of: "mean loss ").map { drawn[$0.upperBound...].prefix(6) })
        #expect(Double(loss) ?? 0 > 0, "\(loss)")
        #expect(rest.contains("\r\u{1B}[K") && rest.contains("Nothing was published"), "\(rest)")
        #expect(rest.contains("run the command again"), "\(rest)")
    }

    @Test("Nothing is drawn where standard error is no terminal, or a dumb one")
    func noTerminal() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        #expect(try workspace.likeness.succeed("fit", "--epochs", "3", "--components", "16").errors.isEmpty)
        var likeness = workspace.likeness
        likeness.variables["TERM"] = "dumb"
        let terminal = try PseudoTerminal()
        let fit = try likeness.start(["fit", "--epochs", "3", "--components", "16"], terminal: terminal)
        #expect(terminal.read().isEmpty)
        #expect(try fit.wait().status == 0)
    }
}
