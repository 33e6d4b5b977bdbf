import DelimitedText
import Platform
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct DelimitedWriterTests {
    private func write(
        _ rows: [[String]], _ dialect: Dialect, to file: TemporaryFile, lineEnd: DelimitedWriter.LineEnd = .crlf
    )
        throws
    {
        var writer = try DelimitedWriter(path: file.path, dialect: dialect, lineEnd: lineEnd, overwriting: true)
        for row in rows { try writer.write(row) }
        try writer.finish()
    }

    @Test func `what python's csv writes is what is written`() throws {
        let file = TemporaryFile()
        for fixture in pythonWrites {
            try write(fixture.rows, try #require(Dialect(named: fixture.dialect)), to: file)
            #expect(String(decoding: file.bytes, as: UTF8.self) == fixture.text)
        }
    }

    @Test func `rows of any text come back, over many buffers`() throws {
        var generator = Generator(state: 5)
        let pieces = ["a", "|", "\\", ",", "\"", "\n", "\r", "é", " ", "\t", "long ".padded(to: 5000)]
        let file = TemporaryFile()
        for dialect in [Dialect.psv, .csv] {
            for lineEnd in [DelimitedWriter.LineEnd.lf, .crlf] {
                let rows = (0..<400).map { _ in
                    (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                        (0..<Int.random(in: 0...4, using: &generator))
                            .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
                    }
                }
                try write(rows, dialect, to: file, lineEnd: lineEnd)
                #expect(try readAll(file.path, dialect).map(\.text) == rows)
            }
        }
    }

    @Test func `tsv refuses a field that it cannot hold, by name`() throws {
        let file = TemporaryFile()
        #expect(throws: DelimitedTextError.cannotRepresent(path: file.path, dialect: "tsv", field: "a\tb")) {
            try write([["ok", "a\tb"]], .tsv, to: file)
        }
    }

    @Test func `an atomic file appears when it is finished and not before`() throws {
        let file = TemporaryFile(Array("old".utf8))
        var writer = try DelimitedWriter(path: file.path, dialect: .csv, lineEnd: .lf, overwriting: true)
        try writer.write(["new"])
        try writer.flush()
        #expect(file.bytes == Array("old".utf8))
        try writer.finish()
        #expect(file.bytes == Array("new\n".utf8))
    }

    @Test func `a directory cannot be written`() {
        #expect(throws: DelimitedTextError.output(.isFolder(path: "/tmp"))) {
            _ = try DelimitedWriter(path: "/tmp", dialect: .csv).byteCount
        }
    }

    #if os(Linux)
        @Test func `a full device is an error that says so`() throws {
            var writer = try DelimitedWriter(path: "/dev/full", dialect: .csv)
            try writer.write(["x"])
            do {
                try writer.finish()
                Issue.record("a full device took bytes")
            } catch {
                guard case .output(.cannotWrite("/dev/full", _)) = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    #endif
}

extension String {
    fileprivate func padded(to count: Int) -> String { self + String(repeating: "x", count: count - self.count) }
}
