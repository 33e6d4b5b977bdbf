import Foundation
import LikenessStore
import Testing

@testable import Interchange

/// Files that change while they are read, and pipes whose writer was stopped.
@Suite struct CutOffTests {
    /// Writes into a pipe, ends it, and hands its other end to `body` as a path.
    private func piping<R>(_ text: String, _ body: (String) throws -> R) throws -> R {
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data(text.utf8))
        try pipe.fileHandleForWriting.close()
        defer { try? pipe.fileHandleForReading.close() }
        return try body("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
    }

    @Test(
        "The last row of a pipe is kept if its line has an end, and else rejected as cut off",
        arguments: [
            ("uid|mid\nu1|i1\nu2|i2\n", [2, 2, 0, 0]), ("uid|mid\nu1|i1\nu2|i2", [2, 1, 0, 1]), ("uid|mid\nu1|i1\nu2", [2, 1, 0, 1]),
            ("uid|mid\nu1|i1\r", [1, 1, 0, 0]), ("uid|mid\nu1|i1\n\n", [1, 1, 0, 0]),
        ])
    func pipes(text: String, rows: [Int]) throws {
        let folder = try IngestFolder()
        var options = IngestOptions()
        options.format = .psv
        let report = try piping(text) { try folder.store.ingestLikes(from: $0, options: options) }
        #expect(report.rows == rows)
        #expect(report.firstRejects.allSatisfy { $0.contains("cut off") && $0.contains("line 3") }, "\(report.firstRejects)")
        // The same as a file, which need not end its last line.
        let whole = try folder.store.ingestLikes(from: try folder.file("uid|mid\nu1|i1\nu2|i2"))
        #expect(whole.rejected == 0 && whole.accepted + whole.duplicates == 2)
    }

    @Test("An object of JSON at the end of a pipe is whole or cut off by itself")
    func jsonPipes() throws {
        let folder = try IngestFolder()
        var options = IngestOptions()
        options.format = .jsonl
        let whole = try piping(#"{"user_id":"u1","item_id":"i1"}"#) { try folder.store.ingestLikes(from: $0, options: options) }
        #expect(whole.rows == [1, 1, 0, 0])
        let cut = try piping(#"{"user_id":"u1","item_id":"i1"}"# + "\n" + #"{"user_id":"u2","item"#) {
            try folder.store.ingestLikes(from: $0, options: options)
        }
        #expect(cut.rows == [2, 0, 1, 1] && cut.firstRejects.first?.contains("cut off") == true, "\(cut.firstRejects)")
    }

    @Test("A file's last row with too few fields is called cut off")
    func fileEnds() throws {
        let folder = try IngestFolder()
        let report = try folder.store.ingestLikes(from: try folder.file("name|uid|mid\na|u1|i1\nb|u2"))
        #expect(report.rows == [2, 1, 0, 1] && report.firstRejects.first?.contains("cut off") == true, "\(report.firstRejects)")
    }

    @Test("A file that is cut while it is read keeps what was read, rejects the row that it ends in, and goes on when it is whole")
    func changingFile() throws {
        let folder = try IngestFolder()
        let rows = 200_000
        let text = "uid|mid\n" + (0..<rows).map { "user-number-\($0)|item-number-\($0 % 1_000)\n" }.joined()
        let path = try folder.file(text)
        var options = IngestOptions()
        options.batchRows = 10_000
        var isCut = false
        // Four fifths of the way a row ends four bytes before its end.
        let upToCut = Array(text.utf8).prefix(text.utf8.count * 4 / 5)
        let cut = try #require(upToCut.lastIndex(of: 0x0A)) - 4
        let report = try folder.store.ingestLikes(from: path, options: options) { _ in
            if !isCut { truncate(path, off_t(cut)) }
            isCut = true
            return true
        }
        let kept = upToCut.prefix(cut).count { $0 == 0x0A } - 1
        #expect(report.rows == [kept + 1, kept, 0, 1], "\(report)")
        #expect(report.firstRejects.first?.contains("cut off") == true && report.notices.contains { $0.contains("changed") }, "\(report)")
        #expect(try folder.store.statistics().likes == kept)
        let rest = try folder.store.ingestLikes(from: try folder.file(text), options: options)
        #expect(rest.rows == [rows, rows - kept, kept, 0])
        #expect(try folder.store.statistics().users == rows)
    }

    @Test("A file that grows while it is read is taken in as far as it is there, and the note says that it changed")
    func growingFile() throws {
        let folder = try IngestFolder()
        let text = "uid|mid\n" + (0..<100_000).map { "user-number-\($0)|item-number-\($0 % 1_000)\n" }.joined()
        let path = try folder.file(text)
        var hasGrown = false
        let report = try folder.store.ingestLikes(from: path) { _ in
            if !hasGrown, let file = FileHandle(forWritingAtPath: path) {
                file.seekToEndOfFile()
                file.write(Data("late|i\nhalf-an-i".utf8))
                try? file.close()
            }
            hasGrown = true
            return true
        }
        #expect(report.rows == [100_002, 100_001, 0, 1], "\(report)")
        #expect(report.notices.contains { $0.contains("changed") })
    }

    @Test("An odd id of a features file is warned about once")
    func oddFeatures() throws {
        let folder = try IngestFolder()
        let path = try folder.file("mid|type|value\n x|tag|a\n y|tag|a\n", "feats.psv")
        let report = try folder.store.ingestFeatures(from: path)
        #expect(report.notices.count { $0.contains("--trim") } == 1 && report.notices.contains { $0.contains("' x'") }, "\(report.notices)")
        var options = IngestOptions()
        options.trims = true
        #expect(try folder.store.ingestFeatures(from: path, options: options).notices.isEmpty)
        #expect(try Set(folder.features().keys) == ["x", "y", " x", " y"])
    }
}
