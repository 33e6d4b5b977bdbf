import Foundation
import Testing

/// Processes that query while another one takes likes in and trains.
struct ReadersTests {
    @Test("Readers answer all the while, see each new version at once, and never an older one again")
    func readersBesideAWriter() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let query = ["nearest", "items", "--to", try workspace.someTag(), "--json"]
        var seen = [1]
        for round in 2...5 {
            let rows = (0..<500).map { "name|i\(round)-\($0 % 20)|u\(round)-\($0 % 50)" }
            try workspace.write("modelname|mid|uid\n" + rows.joined(separator: "\n") + "\n", to: "more.psv")
            try likeness.succeed("ingest", "likes", "more.psv")
            let writer = try likeness.start(["fit", "--components", "16", "--epochs", "10"])
            var isOver = false
            // A reader at least, then readers until the writer has published.
            while !isOver {
                isOver = try likeness.succeed("versions", "list", "--json").lines.count == round
                let answer = try likeness.run(query)
                #expect(answer.status == 0, "\(answer)")
                seen.append(try #require(try answer.object["version"]?.integer))
                if isOver { #expect(seen.last == round) }
            }
            #expect(try writer.wait().status == 0)
        }
        #expect(seen == seen.sorted() && seen.last == 5)
    }
}
