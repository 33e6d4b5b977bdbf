import DelimitedText
import Testing

@Suite struct HeaderTests {
    @Test func `columns are found by name`() throws {
        let header = Header(names: ["modelname", "mid", "uid"])
        #expect(try header.position(of: "uid") == 2)
        #expect(try header.position(ifPresent: "weight") == nil)
    }

    @Test func `a missing column lists what there is and what is near`() {
        let header = Header(names: ["model_name", "MID", "user"])
        let error = HeaderError.missing(column: "mid", columns: header.names, near: ["MID"])
        #expect(throws: error) { try header.position(of: "mid") }
        #expect(error.description.contains("Did you mean \"MID\"?"))
        #expect(error.description.contains("\"model_name\", \"MID\", \"user\""))
        #expect(throws: HeaderError.missing(column: "modelname", columns: header.names, near: ["model_name"])) {
            try header.position(of: "modelname")
        }
        #expect(throws: HeaderError.missing(column: "time", columns: header.names, near: [])) {
            try header.position(of: "time")
        }
    }

    @Test func `a single column hints at the format`() {
        let error = HeaderError.missing(column: "mid", columns: ["modelname|mid|uid"], near: [])
        #expect(error.description.contains("the format (psv, csv, tsv) may be the wrong one"))
    }

    @Test func `a column that stands twice is refused only when it is asked for`() throws {
        let header = Header(names: ["mid", "uid", "mid"])
        #expect(throws: HeaderError.ambiguous(column: "mid", positions: [1, 3])) { try header.position(of: "mid") }
        #expect(try header.position(of: "uid") == 1)
    }
}
