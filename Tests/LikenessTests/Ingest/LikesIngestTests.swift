import Foundation
import LMDB
import LikenessFormat
import LikenessStore
import Testing

@testable import Interchange

@Suite struct LikesIngestTests {
    /// A file with duplicates and bad rows, and what must come of it.
    private func randomFile(seed: UInt64, rows: Int = 2_000) -> (
        text: String, likes: [Like], names: [String: String], rejected: Int
    ) {
        var numbers = Numbers(seed)
        var text = "modelname|mid|uid\r\n"
        var (likes, names, rejected): ([Like], [String: String], Int) = ([], [:], 0)
        for _ in 0..<rows {
            let (user, item) = ("u\(numbers.next(60))", "i\(numbers.next(60))")
            switch numbers.next(20) {
            case 0:
                text += "x|\(item)\r\n"
                rejected += 1
            case 1:
                text += "x|\(item)|\(user)|y\r\n"
                rejected += 1
            case 2:
                text += "x||\(user)\r\n"
                rejected += 1
            default:
                let name = ["", "A|\(item)", "back\\slash", "two\nlines", "plain \(item)"][numbers.next(5)]
                let quoted = name.contains { "|\\\n".contains($0) }
                text += quoted ? "\\" + name.replacingOccurrences(of: "\\", with: "\\\\") + "\\" : name
                text += "|\(item)|\(user)\r\n"
                let like = Like(user: user, item: item)
                if !likes.contains(like) { likes.append(like) }
                if !name.isEmpty { names[item] = name }
            }
        }
        return (text, likes, names, rejected)
    }

    @Test("A random file ends as in plain dictionaries, and its rows add up", arguments: [1, 2, 3] as [UInt64])
    func randomFiles(seed: UInt64) throws {
        let folder = try IngestFolder()
        let (text, likes, names, rejected) = randomFile(seed: seed)
        let path = try folder.file(text)
        var options = IngestOptions()
        options.batchRows = 300
        let report = try folder.store.ingestLikes(from: path, options: options)
        #expect(report.read == 2_000)
        #expect(report.accepted == likes.count)
        #expect(report.rejected == rejected)
        #expect(report.duplicates == 2_000 - likes.count - rejected)
        #expect(report.lastSequence == UInt64(likes.count))
        #expect(try folder.likes() == likes)
        #expect(try folder.names() == names)

        let before = try folder.dump()
        let again = try folder.store.ingestLikes(from: path, options: options)
        #expect(again.accepted == 0)
        #expect(again.duplicates == 2_000 - rejected)
        #expect(again.lastSequence == UInt64(likes.count))
        #expect(try folder.likes() == likes)
        #expect(try folder.dump() == before)
    }

    @Test(
        "A file in pieces, with batches of any size, ends in the same bytes as in one go",
        arguments: [1, 7, 300, 100_000])
    func pieces(batchRows: Int) throws {
        let (text, _, _, _) = randomFile(seed: 9, rows: 900)
        let whole = try IngestFolder()
        _ = try whole.store.ingestLikes(from: try whole.file(text))
        let parts = try IngestFolder()
        let lines = text.components(separatedBy: "\r\n")
        var options = IngestOptions()
        options.batchRows = batchRows
        for end in [lines.count / 3, lines.count / 2, lines.count] {
            let piece = lines[..<end].joined(separator: "\r\n") + (end < lines.count ? "\r\n" : "")
            _ = try parts.store.ingestLikes(from: try parts.file(piece), options: options)
        }
        #expect(try parts.dump() == whole.dump())
    }

    @Test("Stopped half-way it keeps what it counts, and the next run ends as one run does")
    func stopping() throws {
        let (text, likes, _, _) = randomFile(seed: 4, rows: 40_000)
        let whole = try IngestFolder()
        _ = try whole.store.ingestLikes(from: try whole.file(text))
        let stopped = try IngestFolder()
        let path = try stopped.file(text)
        var calls = 0
        let report = try stopped.store.ingestLikes(from: path) { progress in
            calls += 1
            return calls < 2
        }
        #expect(report.isStopped)
        #expect(report.read < 40_000)
        #expect(report.read == report.accepted + report.duplicates + report.rejected)
        #expect(try stopped.likes() == Array(likes[..<report.accepted]))
        _ = try stopped.store.ingestLikes(from: path)
        #expect(try stopped.dump() == whole.dump())
    }

    @Test("Weights and times are kept as they are given")
    func weightsAndTimes() throws {
        let folder = try IngestFolder()
        let path = try folder.file(
            """
            who,what,how much,when
            u,a,2.5,1700000000
            u,b,,1700000000123
            u,c,0,2023-11-14T22:13:20Z
            u,d,1e2,2023-11-15 00:13:20+02:00
            u,e,1,
            u,f,1,1990-01-01

            """, "likes.csv")
        var columns = LikesColumns()
        (columns.user, columns.item, columns.weight, columns.time) = ("who", "what", "how much", "when")
        let report = try folder.store.ingestLikes(from: path, columns: columns)
        #expect(report.accepted == 6)
        let likes = try folder.likes()
        #expect(likes.map(\.weight) == [2.5, 1, 0, 100, 1, 1])
        let second: Int64 = 1_700_000_000_000
        #expect(likes.map(\.time) == [second, second + 123, second, second, LikeColumns.noTime, 631_152_000_000])
    }

    @Test(
        "A row that cannot be kept is written down with its line and the reason, and the rows around it are kept",
        arguments: [
            ("x|i", "2"), ("x|i|u|1|1700000000|more", "6"), ("x||u|1|1700000000", "empty"), ("x|i||1|1700000000", "empty"),
            ("x|i\u{0}|u|1|1700000000", "NUL"), ("x\u{0}|i|u|1|1700000000", "NUL"), ("x|i|u|many|1700000000", "many"),
            ("x|i|u|-1|1700000000", "negative"),
            ("x|i|u|nan|1700000000", "finite"), ("x|i|u|inf|1700000000", "finite"), ("x|i|u|1e99|1700000000", "finite"),
            ("x|i|u|1|yesterday", "yesterday"),
            ("x|" + String(repeating: "i", count: 501) + "|u|1|1700000000", "501 bytes"),
            ("x|<ten megabytes>|u|1|1700000000", "longer than"),
        ])
    func badRows(row: String, reason: String) throws {
        let folder = try IngestFolder()
        let row = row.replacingOccurrences(of: "<ten megabytes>", with: String(repeating: "i", count: 10_000_000))
        let path = try folder.file("modelname|mid|uid|w|t\nn|a|b|1|1700000000\n\(row)\nn|c|d|1|1700000000\n")
        var columns = LikesColumns()
        (columns.weight, columns.time) = ("w", "t")
        var options = IngestOptions()
        options.rejects = folder.path + "/rejects.csv"
        let report = try folder.store.ingestLikes(from: path, columns: columns, options: options)
        #expect(report.rows == [3, 2, 0, 1])
        #expect(try folder.likes().map(\.item) == ["a", "c"])
        let rejects = try #require(folder.text("rejects.csv"))
        #expect(rejects.contains(reason), "\(rejects.prefix(300))")
        #expect(report.firstRejects.first?.hasPrefix("line 3") == true)
    }

    @Test("Bytes that are not UTF-8, and a quote that is never closed, are rejected with their line")
    func badText() throws {
        let folder = try IngestFolder()
        let head = Array("modelname|mid|uid\nn|a|b\n".utf8)
        let path = try folder.file(
            head + [0x6E, 0x7C, 0xC3, 0x28, 0x7C, 0x75, 0x0A] + Array("\\open|x|y\nn|z|z\n".utf8))
        let report = try folder.store.ingestLikes(from: path)
        #expect(report.rows == [4, 2, 0, 2])
        #expect(report.firstRejects.map { $0.prefix(6) } == ["line 3", "line 4"])
        #expect(report.firstRejects[0].contains("UTF-8"))
        #expect(report.firstRejects[1].contains("quote"))
    }

    @Test("Where nothing is rejected there is no file of rejected rows")
    func noRejects() throws {
        let folder = try IngestFolder()
        var options = IngestOptions()
        options.rejects = folder.path + "/rejects.csv"
        let report = try folder.store.ingestLikes(from: try folder.file("mid|uid\na|b\n"), options: options)
        #expect(report.accepted == 1)
        #expect(report.rejects == nil)
        #expect(folder.text("rejects.csv") == nil)
    }

    @Test("A file that is missing, a folder, empty or without the column is refused with words that help")
    func badFiles() throws {
        let folder = try IngestFolder()
        func refusal(_ path: String, _ change: (inout LikesColumns) -> Void = { _ in }) -> String {
            var columns = LikesColumns()
            change(&columns)
            do {
                _ = try folder.store.ingestLikes(from: path, columns: columns)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(refusal(folder.path + "/none.psv").contains("no such file"))
        #expect(refusal(folder.path).contains("directory"))
        #expect(refusal(try folder.file("", "empty.psv")).contains("empty"))
        let path = try folder.file("name|mid|uid\nn|a|b\n")
        #expect(refusal(path) { $0.user = "uidd" }.contains("uid"))
        #expect(refusal(path) { $0.name = "title" }.contains("title"))
        #expect(refusal(try folder.file("a,b\n1,2\n", "wrong.psv")).contains("format"))
        #expect(try folder.store.statistics().likes == 0)
    }

    @Test("A header alone is a file without likes")
    func headerAlone() throws {
        let folder = try IngestFolder()
        let report = try folder.store.ingestLikes(from: try folder.file("modelname|mid|uid\r\n"))
        #expect(report.read == 0)
        #expect(try folder.likes().isEmpty)
    }
}
