import DelimitedText
import Foundation
import Testing

@Suite struct JSONLinesTests {
    private func read(_ text: [UInt8], _ paths: [String], readSize: Int = 1 << 16) throws -> [ReadRecord] {
        var reader = JSONLinesReader(PeekedSource(text), readSize: readSize)
        for path in paths { _ = reader.add(path) }
        var records: [ReadRecord] = []
        while let record = try reader.next() {
            var fields: [[UInt8]] = []
            for index in 0..<record.count { fields.append(record.field(index).withUnsafeBytes { Array($0) }) }
            records.append(
                ReadRecord(
                    fields: fields, number: record.number, line: record.line, offset: record.offset, problem: record.problem, raw: []))
        }
        return records
    }

    private func fields(_ text: String, _ paths: String...) throws -> [[String]] {
        try read(Array(text.utf8), paths).map {
            $0.fields.map { field in
                field.contains(JSONLinesReader.listEnd)
                    ? "["
                        + field.split(separator: JSONLinesReader.listEnd, omittingEmptySubsequences: false).dropLast()
                        .map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|") + "]"
                    : String(decoding: field, as: UTF8.self)
            }
        }
    }

    @Test func `values are found by path, whatever their order`() throws {
        #expect(
            try fields(
                #"{"user":"u1","track":{"id":7,"x":[{"id":1}]},"ok":true}"# + "\n" + #" { "track" : {"id":-1.5e3} , "user":null } "#
                    + "\r\n\n" + #"{"track.id":"dotted","user":"a\"\\\/\b\f\n\r\té\ud83d\ude00"}"#, "user", "track.id")
                == [["u1", "7"], ["", "-1.5e3"], ["a\"\\/\u{8}\u{C}\n\r\té😀", "dotted"]])
    }

    @Test func `lists are lists, also of objects, and never pass for a text`() throws {
        #expect(
            try fields(
                #"{"id":1,"tags":["a","b,c",3,null],"genres":[{"name":"x"},{"name":"y","id":2}],"none":[]}"#, "tags", "genres.name", "none")
                == [["[a|b,c|3]", "[x|y]", ""]])
        #expect(try fields(#"{"a":["x"],"b":["y"],"a":["z"]}"#, "a", "b") == [["[z]", "[y]"]])
        #expect(try fields(#"{"t":[{"a":1,"b":2},{"a":3,"b":4}]}"#, "t.a", "t.b") == [["[1|3]", "[2|4]"]])
    }

    @Test(
        arguments: [
            "", "[1]", "{", "{}x", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":01}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":+1}"#,
            #"{"a":"\x"}"#, #"{"a":"\u12"}"#, #"{"a":"\ud800"}"#, #"{"a":"\udc00"}"#, "{\"a\":\"\t\"}", #"{"a":tru}"#, #"{'a':1}"#,
            #"{"a":NaN}"#, #"{"a":"cut off"#, #"{"a":{}}"#, #"{"a":[[1]]}"#, "{\"a\":\"\u{0}\"}",
        ]) func `what is no object is a problem and costs its line alone`(line: String) throws
    {
        let records = try read(Array((line + "x\n".dropFirst(1) + "{\"a\":\"next\"}\n").utf8), ["a"])
        if !line.isEmpty { #expect(records.first?.problem != nil, "\(line)") }
        #expect(records.last?.text == ["next"])
    }

    @Test func `an object a thousand deep is refused without harm`() throws {
        let deep = String(repeating: #"{"a":"#, count: 1_000) + "1" + String(repeating: "}", count: 1_000)
        #expect(try read(Array(deep.utf8), ["a.a"]).first?.problem != nil)
    }

    @Test func `the paths of an object are its columns`() {
        #expect(
            JSONLinesReader.paths(in: Array(#"{"a":1,"b":{"c":"x","d":[1,2]},"e":null}"#.utf8)[...]) == ["a", "b.c", "b.d", "e"])
    }

    @Test func `mutated lines are judged as Foundation judges them, and give the same values`() throws {
        let lines = [
            #"{"a":"u1","b":{"c":12.5e-3},"d":[1,"x",null,true]}"#, #"{"a":"\u00e9\ud83d\ude00\\\"","b":{"c":-0},"d":[]}"#,
            #"{"a":"é😀","b":{"c":false,"x":[[{}]]}, "d" : ["q"]}"#, #"{}"#,
        ].map { Array($0.utf8) }
        try fuzz("JSON lines", seed: 8) { generator in
            let line = generator.mutate(
                lines.randomElement(using: &generator) ?? [], with: Array(#"{}[]":,\u0e.-1tn "#.utf8) + [0xC3, 0xFF])
            if line.contains(10) || line.contains(13) || line.contains(0x1F) || line.starts(with: [0xEF, 0xBB, 0xBF]) { return }
            let records = try read(line, ["a", "b.c"], readSize: [1, 5, 64].randomElement(using: &generator) ?? 64)
            let object = (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any]
            guard let record = records.first else { return }
            // Foundation is laxer with some texts (NUL, odd numbers), never stricter but for duplicate keys and huge numbers.
            if record.problem == nil, object == nil {
                if String(decoding: line, as: UTF8.self).contains("e") == false {
                    Issue.record("taken: \(String(decoding: line, as: UTF8.self))")
                }
            }
            if record.problem == nil, let object, object["b.c"] == nil {
                if let a = object["a"] as? String, record.text.first != a {
                    if String(decoding: line, as: UTF8.self).components(separatedBy: "\"a\"").count == 2 {
                        Issue.record("\(String(decoding: line, as: UTF8.self)): \(record.text)")
                    }
                }
            }
        }
    }
}
