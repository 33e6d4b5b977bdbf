import LikenessSearch
import Testing

@Suite("Query expressions")
struct QueryExpressionTests {
    @Test("Sums, weights, quotes and single terms are read")
    func reading() throws {
        #expect(try QueryExpression("tag:TiltBrush").terms == [QueryTerm(.feature, "tag:tiltbrush")])
        #expect(
            try QueryExpression("  +tag:tiltbrush +item:B:1  -0.5*Tag:\"Low \\\"Poly\\\\\" -user:u*1").terms == [
                QueryTerm(.feature, "tag:tiltbrush"), QueryTerm(.item, "B:1"),
                QueryTerm(.feature, "tag:low \"poly\\", weight: -0.5), QueryTerm(.user, "u*1", weight: -1),
            ])
        #expect(try QueryExpression("-2*category:x").terms == [QueryTerm(.feature, "category:x", weight: -2)])
        #expect(try QueryExpression(single: " tag:low poly ").terms == [QueryTerm(.feature, "tag:low poly")])
        #expect(try QueryExpression(single: "item:\"a b\"").terms == [QueryTerm(.item, "a b")])
        #expect(try QueryExpression(single: "tag:é+").terms == [QueryTerm(.feature, "tag:é+")])
    }

    @Test("A query written out reads back", arguments: ["+tag:\"a b\" -2.5*item:\"q\\\"\\\\\" +user:x", "tag:a"])
    func roundTrip(text: String) throws {
        let expression = try QueryExpression(text)
        #expect(try QueryExpression(expression.description) == expression)
    }

    @Test(
        "What cannot be read is named with its position",
        arguments: [
            ("", QueryExpressionError.empty), ("   ", .empty),
            ("+tag:low poly", .missingSign(position: 10, term: "poly")),
            ("tiltbrush", .missingType(position: 1, term: "tiltbrush")),
            ("+tag:a + item:b", .missingType(position: 8, term: "+")),
            ("+:a", .missingType(position: 1, term: "+:a")),
            ("-", .missingType(position: 1, term: "-")),
            ("+tag: x", .missingName(position: 1, type: "tag")),
            ("+tag:a -item:", .missingName(position: 8, type: "item")),
            ("tag:\"\"", .missingName(position: 1, type: "tag")),
            ("+x*tag:a", .notAWeight(position: 2, text: "x")), ("+0*tag:a", .notAWeight(position: 2, text: "0")),
            ("+-1*tag:a", .notAWeight(position: 2, text: "-1")), ("+inf*tag:a", .notAWeight(position: 2, text: "inf")),
            ("+tag:\"a", .unclosedQuote(position: 6)), ("+tag:\"a\\", .unclosedQuote(position: 6)),
            ("+tag:\"a\"b", .textAfterQuote(position: 9)),
        ])
    func errors(text: String, expected: QueryExpressionError) {
        let error = #expect(throws: QueryExpressionError.self) { try QueryExpression(text) }
        #expect(error == expected)
        #expect(error?.description.isEmpty == false)
    }
}
