import Foundation
import Likeness
import Testing

@Suite struct LikesSplitTests {
    /// Likes of 40 users with 4 to 23 items each, in a shuffled order, each at a time of its own; one of them twice.
    private func rows() -> [(user: String, item: String, time: Int)] {
        var rows: [(user: String, item: String, time: Int)] = []
        for user in 0..<40 {
            for step in 0..<4 + user % 20 { rows.append(("u\(user)", "i\((user * 7 + step * 3) % 61)", 0)) }
        }
        rows = rows.indices.map { rows[$0 * 101 % rows.count] }
        for place in rows.indices { rows[place].time = 1_700_000_000 + place * 37 % rows.count }
        return rows + [rows[5]]
    }

    private func run(_ split: LikesSplit, _ folder: TemporaryFolder) throws -> (
        report: LikesSplit.Report, train: [[String]], test: [[String]]
    ) {
        let text = "uid,mid,when\n" + rows().map { "\($0.user),\($0.item),\($0.time)\n" }.joined()
        let (train, test) = (folder.path + "/train.csv", folder.path + "/test.csv")
        let report = try split.run(folder.write(text, to: "likes.csv"), train: train, test: test)
        func read(_ path: String) throws -> [[String]] {
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline)
            #expect(lines.first == "uid,mid,when")
            return lines.dropFirst().map { $0.split(separator: ",").map(String.init) }
        }
        return (report, try read(train), try read(test))
    }

    private func split(_ kind: LikesSplit.Kind, fraction: Double = 0.25) -> LikesSplit {
        var split = LikesSplit()
        split.kind = kind
        split.fraction = fraction
        if kind.needsTimes { split.columns.time = "when" }
        return split
    }

    @Test("Every kind puts each row on one side, and a repeated like on the side of its first row", arguments: LikesSplit.Kind.allCases)
    func wholeAndApart(kind: LikesSplit.Kind) throws {
        let all = rows()
        let (report, train, test) = try run(split(kind), TemporaryFolder())
        #expect((train + test).map { $0.joined(separator: ",") }.sorted() == all.map { "\($0.user),\($0.item),\($0.time)" }.sorted())
        let pairs = { (rows: [[String]]) in Set(rows.map { $0[0] + "," + $0[1] }) }
        #expect(pairs(train).isDisjoint(with: pairs(test)) && !test.isEmpty && !train.isEmpty)
        #expect(report.kind == kind && report.trainRows == train.count && report.testRows == test.count)
        #expect(report.testUsers == Set(test.map { $0[0] }).count && report.malformedRows == 0)
    }

    @Test("Held-out takes as many likes of each chosen user, of those with twice as many")
    func heldOut() throws {
        var choice = split(.heldOut, fraction: 0.5)
        choice.heldOut = 3
        let (_, train, test) = try run(choice, TemporaryFolder())
        let counts = Dictionary(Set(test.map { $0[0] + "," + $0[1] }).map { ($0.split(separator: ",")[0], 1) }, uniquingKeysWith: +)
        #expect(counts.values.allSatisfy { $0 == 3 })
        let eligible = Set(rows().map(\.user)).filter { user in Set(rows().filter { $0.user == user }.map(\.item)).count >= 6 }
        #expect(counts.count == eligible.count / 2 && !train.isEmpty)
    }

    @Test("Leave-last-out takes each user's latest like")
    func leaveLastOut() throws {
        let (_, _, test) = try run(split(.leaveLastOut), TemporaryFolder())
        var latest: [String: (time: Int, item: String)] = [:]
        for row in rows() where row.time > latest[row.user]?.time ?? 0 { latest[row.user] = (row.time, row.item) }
        #expect(Set(test.map { $0[0] + $0[1] }) == Set(latest.map { $0.key + $0.value.item }))
    }

    @Test("Temporal takes the latest share of all likes")
    func temporal() throws {
        let (_, train, test) = try run(split(.temporal), TemporaryFolder())
        let times = { (rows: [[String]]) in rows.compactMap { Int($0[2]) } }
        #expect(try #require(times(train).max()) < #require(times(test).min()))
        #expect(Set(test.map { $0[0] + "," + $0[1] }).count == (rows().count - 1) / 4)
    }

    @Test("Cold-items takes all likes of the chosen items")
    func coldItems() throws {
        let (_, train, test) = try run(split(.coldItems), TemporaryFolder())
        let items = { (rows: [[String]]) in Set(rows.map { $0[1] }) }
        #expect(items(train).isDisjoint(with: items(test)))
        #expect(items(test).count == Set(rows().map(\.item)).count / 4)
    }

    @Test("Random takes a share of the likes, and another seed takes others")
    func random() throws {
        var choice = split(.random)
        let (_, _, first) = try run(choice, TemporaryFolder())
        #expect(Set(first.map { $0[0] + "," + $0[1] }).count == (rows().count - 1) / 4)
        choice.seed = 2
        #expect(try run(choice, TemporaryFolder()).test != first)
    }

    @Test("The order of the rows does not matter", arguments: LikesSplit.Kind.allCases)
    func orderOfRows(kind: LikesSplit.Kind) throws {
        var found: [Set<String>] = []
        for rows in [rows(), rows().reversed()] {
            let folder = try TemporaryFolder()
            let text = "uid,mid,when\n" + rows.map { "\($0.user),\($0.item),\($0.time)\n" }.joined()
            let test = folder.path + "/test.csv"
            _ = try split(kind).run(folder.write(text, to: "likes.csv"), train: folder.path + "/train.csv", test: test)
            found.append(Set(try String(contentsOfFile: test, encoding: .utf8).split(whereSeparator: \.isNewline).map(String.init)))
        }
        #expect(found[0] == found[1])
    }

    @Test("Times that are missing or are none are said with the line, and nothing is written")
    func badTimes() throws {
        let folder = try TemporaryFolder()
        let choice = split(.temporal)
        for (row, words) in [("u,b,", "line 3 has no time"), ("u,b,soon", "the time 'soon' in line 3 is none")] {
            let file = try folder.write("uid,mid,when\nu,a,2026-03-01\n\(row)\n", to: "likes.csv")
            let error = #expect(throws: IngestError.self) {
                try choice.run(file, train: folder.path + "/a.csv", test: folder.path + "/b.csv")
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        var unnamed = choice
        unnamed.columns.time = nil
        let file = try folder.write("uid,mid\nu,a\n", to: "likes.csv")
        let error = #expect(throws: IngestError.self) {
            try unnamed.run(file, train: folder.path + "/a.csv", test: folder.path + "/b.csv")
        }
        #expect(error?.description.contains("goes by time") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/a.csv"))
    }

    @Test("Parts that would replace each other, or what they are taken from, are refused")
    func onePlace() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("uid|mid\nu1|i1\nu1|i2\n", to: "likes.psv")
        let other = folder.path + "/other.psv"
        for (train, test) in [(other, other), (other, folder.path + "/./other.psv"), (file, other), (other, file)] {
            #expect(throws: IngestError.self) { try LikesSplit().run(file, train: train, test: test) }
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "uid|mid\nu1|i1\nu1|i2\n")
        #expect(!FileManager.default.fileExists(atPath: other))
    }
}
