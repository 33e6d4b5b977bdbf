import DelimitedText
import Testing

@Suite struct DelimitedReaderTests {
    @Test func `what python's csv reads is what is read`() throws {
        for fixture in pythonReads {
            let dialect = try #require(Dialect(named: fixture.dialect))
            let rows = try readAll(text: fixture.text, dialect).map(\.text)
            #expect(rows == fixture.rows, "\(fixture.text.debugDescription)")
        }
    }

    @Test func `records know their number, physical line and offset`() throws {
        let records = try readAll(text: "name|mid\r\n\r\n\\a\nb|c\\|1\r\n|x\rlast|2", .psv)
        #expect(records.map(\.text) == [["name", "mid"], ["a\nb|c", "1"], ["", "x"], ["last", "2"]])
        #expect(records.map(\.line) == [1, 3, 5, 6])
        #expect(records.map(\.number) == [1, 2, 3, 4])
        #expect(records.map(\.offset) == [0, 12, 23, 26])
        #expect(records.map { String(decoding: $0.raw, as: UTF8.self) }[1] == "\\a\nb|c\\|1")
        #expect(records.allSatisfy { $0.problem == nil })
    }

    @Test func `an empty file, a file of blank lines and a file of a byte order mark hold no records`() throws {
        for text in ["", "\n", "\r\n\r\n\n\r", "\u{FEFF}", "\u{FEFF}\n"] {
            #expect(try readAll(text: text, .csv) == [])
        }
    }

    @Test func `a byte order mark does not become part of the first name`() throws {
        for size in 1...5 {
            #expect(try readAll(text: "\u{FEFF}uid,mid\n", .csv, readSize: size).map(\.text) == [["uid", "mid"]])
        }
    }

    @Test func `tsv takes quotes as they stand`() throws {
        #expect(try readAll(text: "\"a\t\\b\"\nc\t\"\"\n", .tsv).map(\.text) == [["\"a", "\\b\""], ["c", "\"\""]])
    }

    @Test func `a quote that is never closed is named, and the text kept`() throws {
        let records = try readAll(text: "a,b\n\"open,\n1,2\n", .csv)
        #expect(records.count == 2)
        #expect(records[1].problem == .unterminatedQuote)
        #expect(records[1].line == 2)
        #expect(records[1].text == ["open,\n1,2\n"])
    }

    @Test func `a field of ten megabytes is skipped and reading goes on`() throws {
        for open in ["", "\""] {
            let big = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000_000)
            let file = TemporaryFile(Array("a,b\n1,\(open)".utf8) + big + Array("\(open)\n2,3\n".utf8))
            let records = try readAll(file.path, .csv)
            #expect(records.map(\.text) == [["a", "b"], [], ["2", "3"]])
            #expect(records.map(\.problem) == [nil, .tooLong(limit: 1 << 20), nil])
            #expect(records.map(\.line) == [1, 2, 3])
        }
    }

    @Test func `the record limit is exact whatever the reads`() throws {
        let text = "12345\n123456\n\"1\n3\"\n\"1\n\n45\"\r\nok\n"
        for size in 1...40 {
            let records = try readAll(text: text, .csv, recordLimit: 5, readSize: size)
            #expect(records == naiveRead(Array(text.utf8), .csv, recordLimit: 5))
            #expect(records.map { $0.problem == nil } == [true, false, true, false, true])
        }
    }

    @Test func `reads may end at any byte`() throws {
        for fixture in pythonReads.enumerated().filter({ $0.offset % 3 == 0 }).map(\.element) {
            let dialect = try #require(Dialect(named: fixture.dialect))
            let file = TemporaryFile(Array(fixture.text.utf8))
            let whole = try readAll(file.path, dialect)
            for size in 1...max(1, fixture.text.utf8.count) {
                #expect(
                    try readAll(file.path, dialect, readSize: size) == whole,
                    "\(fixture.text.debugDescription), \(size)")
            }
        }
    }

    @Test func `random bytes read as the naive reader reads them`() throws {
        var generator = Generator(state: 11)
        for round in 0..<400 {
            let dialect = Dialect.named[round % 3]
            let special = [dialect.delimiter, dialect.quote ?? 34, 10, 13, 0, 0xEF, 0xBB, 0xBF, 0xC3, 97, 98]
            let bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                special.randomElement(using: &generator) ?? 0
            }
            let limit = round % 4 == 0 ? 20 : 1 << 20
            let file = TemporaryFile(bytes)
            let expected = naiveRead(bytes, dialect, recordLimit: limit)
            for size in [1, 2, 3, 7, 16, 64, 1024] {
                #expect(
                    try readAll(file.path, dialect, recordLimit: limit, readSize: size) == expected, "\(bytes), \(size)"
                )
            }
        }
    }

    @Test func `a record may have thousands of fields`() throws {
        let row = (0..<5000).map(String.init)
        #expect(try readAll(text: row.joined(separator: "\t") + "\n", .tsv).map(\.text) == [row])
    }

    @Test func `a missing file and a directory are told apart`() {
        #expect(throws: DelimitedTextError.missing(path: "/nonexistent/likes.psv")) {
            try readAll("/nonexistent/likes.psv", .psv)
        }
        #expect(throws: DelimitedTextError.directory(path: "/tmp")) { try readAll("/tmp", .psv) }
        #expect(DelimitedTextError.directory(path: "/tmp").description.contains("is a directory"))
    }

    @Test func `a descriptor that cannot be read names itself and the offset`() {
        var reader = DelimitedReader(descriptor: -1, name: "standard input", dialect: .psv)
        do {
            while try reader.next() != nil {}
            Issue.record("a closed descriptor was read")
        } catch {
            guard case .cannotRead("standard input", 0, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
