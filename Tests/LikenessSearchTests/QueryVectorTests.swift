import Testing

@testable import LikenessSearch

@Suite("Query vectors")
struct QueryVectorTests {
    @Test("A sum scales each term to unit length first")
    func sum() throws {
        let query = try QueryVector(
            summing: [
                (QueryTerm(.item, "a"), [30, 0]), (QueryTerm(.item, "b", weight: -2), [0, 0.001]),
            ], components: 2)
        let length = Float(5).squareRoot()
        #expect(abs(query.values[0] - 1 / length) < 1e-6 && abs(query.values[1] + 2 / length) < 1e-6)
        #expect(query.values.count == 16 && abs(query.norm - 1) < 1e-6)
    }

    @Test("A sum without a direction is refused by name")
    func zero() {
        let a: [Float] = [0.1, 0.7, -0.3]
        #expect(throws: QueryVectorError.zeroSum) {
            try QueryVector(
                summing: [
                    (QueryTerm(.item, "a"), a), (QueryTerm(.item, "b", weight: -1), a.map { $0 * 3 }),
                ], components: 3)
        }
        #expect(throws: QueryVectorError.zeroSum) { try QueryVector(summing: [], components: 3) }
        #expect(throws: QueryVectorError.zeroTerm("tag:x")) {
            try QueryVector(summing: [(QueryTerm(.feature, "tag:x"), [0, 0, 0])], components: 3)
        }
        #expect(throws: QueryVectorError.componentsDiffer(term: "user:u", expected: 3, found: 1)) {
            try QueryVector(summing: [(QueryTerm(.user, "u"), [1])], components: 3)
        }
    }

    @Test("A component that is not finite is refused by position", arguments: [Float.nan, .infinity])
    func notFinite(value: Float) {
        #expect(throws: QueryVectorError.notFinite(component: 2)) { try QueryVector([1, 0, value]) }
        #expect(throws: QueryVectorError.notFinite(component: 1)) {
            try QueryVector(summing: [(QueryTerm(.item, "a"), [1, value])], components: 2)
        }
    }

    @Test("The largest possible dot product of codes fits in 32 bits", arguments: [1, 64, 516, 517, 4_096, 65_536])
    func digits(components: Int) throws {
        let query = try QueryVector([Float](repeating: 1, count: components))
        #expect(query.codes.reduce(0) { $0 + 127 * abs(Int($1)) } <= Int(Int32.max))
        #expect(query.codes.contains { $0 >= 256 })
    }

    @Test("A query that is too long is refused")
    func tooLong() {
        #expect(throws: QueryVectorError.tooManyComponents(65_537)) {
            try QueryVector([Float](repeating: 1, count: 65_537))
        }
    }
}
