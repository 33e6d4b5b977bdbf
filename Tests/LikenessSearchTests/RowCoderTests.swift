import Testing

@testable import LikenessSearch

@Suite("Coding rows")
struct RowCoderTests {
    @Test(
        "The error bounds what the code lost", arguments: [1, 10, 63, 64, 65, 128, 300], [Float(1e-30), 1e-6, 1, 1e30])
    func errors(components: Int, magnitude: Float) throws {
        var random = SeededGenerator(UInt64(components))
        let vectors = (0..<50).map { _ in (0..<components).map { _ in random.gaussian() * magnitude } }
        let fixture = try SearchFixture(vectors, components: components)
        let codeBytes = RowShape(components: components).codeBytes
        for (row, vector) in vectors.enumerated() {
            let scale = Double(fixture.coded.terms[row * 4])
            let code = fixture.coded.codes[row * codeBytes..<(row + 1) * codeBytes]
            let lost = zip(vector, code).reduce(0.0) { sum, pair in
                let difference = Double(pair.0) - scale * Double(pair.1)
                return sum + difference * difference
            }
            #expect(lost.squareRoot() <= Double(fixture.coded.terms[row * 4 + 1]))
            let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(abs(Double(fixture.coded.terms[row * 4 + 2]) - length) <= length * 0x1p-23)
            #expect(code.dropFirst(components).allSatisfy { $0 == 0 })
        }
    }

    @Test("Rows that are not finite or too large are refused by index")
    func refused() throws {
        func code(_ value: Float, bias: Float = 0) throws(RowCoderError) {
            var flat = [Float](repeating: 1, count: 3 * 16)
            flat[2 * 16 + 1] = value
            for index in 0..<3 { for padding in 2..<16 { flat[index * 16 + padding] = 0 } }
            let biases: [Float] = [0, 0, bias]
            _ = try RowCoder(components: 2).code(flat.span, biases: biases.span, firstRow: 100)
        }
        #expect(throws: RowCoderError.notFinite(row: 102)) { try code(.nan) }
        #expect(throws: RowCoderError.notFinite(row: 102)) { try code(-.infinity) }
        #expect(throws: RowCoderError.notFinite(row: 102)) { try code(1, bias: .nan) }
        #expect(throws: RowCoderError.tooLarge(row: 102)) { try code(2e38) }
        #expect(throws: RowCoderError.tooLarge(row: 102)) { try code(1, bias: -2e38) }
        #expect(throws: Never.self) { try code(1e37) }
    }

    @Test("A row that is not in the version has a negative norm and is not looked at")
    func absent() throws {
        let fixture = try SearchFixture([[1, 2], [.nan, 0]], components: 2, present: [true, false])
        #expect(Array(fixture.coded.terms[4...]) == [0, 0, -1, 0])
        #expect(fixture.coded.codes[64...].allSatisfy { $0 == 0 })
    }

    @Test("Arrays of other sizes are refused")
    func sizes() {
        #expect(throws: RowCoderError.sizeDiffers(array: "representations", expected: 32, found: 31)) {
            let representations = [Float](repeating: 0, count: 31)
            let biases = [Float](repeating: 0, count: 2)
            _ = try RowCoder(components: 3).code(representations.span, biases: biases.span)
        }
    }
}
