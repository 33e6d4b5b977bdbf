import DelimitedText
import Testing

/// Comma and double quote, with escapes where they are found: what files called csv are read as.
let looseCSV = Dialect(name: "csv", delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""), escapes: .whereFound)

@Suite struct StrayQuoteTests {
    private func read(_ text: String, _ dialect: Dialect = looseCSV) throws -> [ReadRecord] {
        try recoverAll(Array(text.utf8), dialect)
    }

    @Test func `a stray quote costs its line alone when text follows the quote that closes it`() throws {
        let records = try read("a,b,c\n1,a,x\n2,b,\"5 inch disc\n3,c,y\n4,d,\"fine\"\n5,e,z\n6,f,w\n7,g,v\n")
        #expect(records.map(\.line) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(records.map { $0.problem == nil } == [true, true, false, true, true, true, true, true])
        #expect(records[2].problem == .strayQuote && String(decoding: records[2].raw, as: UTF8.self) == "2,b,\"5 inch disc")
    }

    @Test func `a quote that is never closed does not swallow the rest of the file`() throws {
        let rest = (0..<2_000).map { "u\($0),i\($0)\n" }.joined()
        for size in [1, 100, 4_096, 1 << 20] {
            let records = try recoverAll(Array(("uid,mid\n\"open,i\n" + rest).utf8), looseCSV, recordLimit: 1_000, readSize: size)
            #expect(records.count == 2_002)
            #expect(records.filter { $0.problem != nil }.map(\.line) == [2])
        }
    }

    @Test func `a backslash that is the quote of psv costs its line when it stands alone`() throws {
        let records = try read("name|mid|uid\n\\m/|1|u\nx|2|u\n\\m/|3|u\ny|4|u\n", .psv)
        #expect(records.map { $0.problem == nil } == [true, false, true, false, true])
    }

    @Test func `line ends inside quotes keep working, and the record knows how many lines it spans`() throws {
        var reader = DelimitedReader(PeekedSource(Array("a,b\n\"1\n2\r\n3\",x\n4,y".utf8)), dialect: looseCSV, recovers: true)
        var spans: [ClosedRange<Int>] = []
        while let record = try reader.next() { spans.append(record.line...record.endLine) }
        #expect(spans == [1...1, 2...4, 5...5])
    }

    @Test func `a backslash before a quote escapes it where a file uses it`() throws {
        let records = try read("a;b\n\"x\";\"the \\\"best\\\" of\"\n\"C:\\\\\";\"\\\"q\\\"\"\n".replacing(";", with: ","))
        #expect(records.map(\.text) == [["a", "b"], ["x", "the \"best\" of"], ["C:\\", "\"q\""]])
    }

    @Test func `a backslash at the end of a field is a backslash while no escape was seen`() throws {
        #expect(try read("\"C:\\\",b\n").map(\.text) == [["C:\\", "b"]])
    }

    @Test func `colons in pairs divide, single ones do not`() throws {
        let dialect = Dialect(name: "dat", delimiter: UInt8(ascii: ":"), quote: nil, isDelimiterDoubled: true)
        for size in 1...20 {
            let records = try recoverAll(
                Array("1::Star Wars: A New Hope::\"x\"\n:::b::\n::".utf8), dialect, readSize: size)
            #expect(
                records.map(\.text) == [["1", "Star Wars: A New Hope", "\"x\""], ["", ":b", ""], ["", ""]], "\(size)")
        }
    }
}
