import Foundation
import Testing

/// The help texts, as they were when somebody last read them.
///
/// With `RECORD_HELP=1` in the environment the files in `Help` are written anew instead of compared.
struct HelpTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Help")

    static let commands: [[String]] = [
        [], ["init"], ["stats"], ["backup"], ["dump"], ["demo-data"], ["ingest"], ["ingest", "likes"], ["ingest", "features"],
        ["forget"], ["split"], ["fit"], ["fit-partial"], ["evaluate"], ["compare"], ["learning-curve"], ["tune"], ["tune", "run"],
        ["tune", "list"],
        ["tune", "show"], ["versions"], ["versions", "list"], ["versions", "show"],
        ["versions", "promote"], ["versions", "rollback"], ["versions", "history"], ["versions", "annotate"],
        ["versions", "verify"], ["versions", "repair"], ["versions", "diff"], ["versions", "prune"], ["versions", "export"],
        ["versions", "import"], ["nearest"],
        ["recommend"], ["similar"], ["find"], ["shell"], ["index"], ["index", "build"], ["index", "list"], ["index", "remove"],
        ["replica"], ["replica", "publish"], ["replica", "pull"],
        ["replica", "status"], ["replica", "verify"], ["replica", "prune"], ["replica", "promote"], ["follow"], ["versions", "compact"],
        ["versions", "unalias"],
    ]

    @Test("The help of each command is what was checked in, with an example", arguments: commands)
    func help(command: [String]) throws {
        let result = try LikenessProcess(store: nil, folder: "/").run(command + ["--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("Example") || command.isEmpty)
        #expect(
            result.output.contains("--store")
                || ["", "demo-data", "split", "ingest", "tune", "versions", "index", "replicaverify"].contains(command.joined()))
        let name = (["likeness"] + command).joined(separator: "-") + ".txt"
        let file = HelpTests.folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["RECORD_HELP"] != nil {
            try FileManager.default.createDirectory(at: HelpTests.folder, withIntermediateDirectories: true)
            try Data(result.output.utf8).write(to: file)
        } else {
            #expect(try String(contentsOf: file, encoding: .utf8) == result.output)
        }
    }
}
