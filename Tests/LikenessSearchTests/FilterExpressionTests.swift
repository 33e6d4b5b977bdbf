import Testing

@testable import LikenessSearch

@Suite struct FilterExpressionTests {
    /// A condition as a tree, evaluated row by row: what the steps must agree with.
    private indirect enum Tree {
        case label(String), not(Tree), and(Tree, Tree), or(Tree, Tree)

        func holds(_ labels: Set<String>) -> Bool {
            switch self {
            case .label(let label): labels.contains(label)
            case .not(let tree): !tree.holds(labels)
            case .and(let left, let right): left.holds(labels) && right.holds(labels)
            case .or(let left, let right): left.holds(labels) || right.holds(labels)
            }
        }

        /// The tree in text, with no parentheses but those that it needs.
        func text(_ outer: Int = 0) -> String {
            switch self {
            case .label(let label): return label
            case .not(let tree): return "not \(tree.text(3))"
            case .and(let left, let right): return outer > 2 ? "(\(text()))" : "\(left.text(2)) AND \(right.text(3))"
            case .or(let left, let right): return outer > 1 ? "(\(text()))" : "\(left.text(1)) or \(right.text(2))"
            }
        }
    }

    private func tree(_ depth: Int, _ random: inout SystemLike) -> Tree {
        if depth == 0 || random.next(5) == 0 { return .label("tag:\(random.next(6))") }
        switch random.next(3) {
        case 0: return .not(tree(depth - 1, &random))
        case 1: return .and(tree(depth - 1, &random), tree(depth - 1, &random))
        default: return .or(tree(depth - 1, &random), tree(depth - 1, &random))
        }
    }

    /// A small generator with a fixed seed.
    private struct SystemLike {
        var state: UInt64
        mutating func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
    }

    @Test func `Random conditions hold for the rows that a walk over their tree finds`() throws {
        var random = SystemLike(state: 7)
        for bound in [1, 63, 64, 65, 200] {
            let rows = (0..<bound).map { _ in Set((0..<6).filter { _ in random.next(2) == 0 }.map { "tag:\($0)" }) }
            for _ in 0..<200 {
                let tree = tree(6, &random)
                let expression = try FilterExpression(tree.text())
                let sets = expression.labels.map { label in
                    RowSet(rows.indices.filter { rows[$0].contains(label) }.map { UInt32($0) }, below: bound)
                }
                let found = expression.rows(below: bound, rowsByLabel: sets)
                let expected = rows.indices.filter { tree.holds(rows[$0]) }
                var members: [Int] = []
                for row in found.members { members.append(Int(row)) }
                #expect(members == expected, "\(tree.text())")
                #expect(found.count == expected.count)
            }
        }
    }

    @Test func `Labels are lower-cased, quoted where they hold spaces, and named once`() throws {
        let expression = try FilterExpression(#"Tag:"Low \"Poly\" \\" and (not TAG:anime OR tag:ANIME)"#)
        #expect(expression.labels == [#"tag:low "poly" \"#, "tag:anime"])
    }

    @Test(arguments: [
        ("", FilterExpressionError.empty), ("   ", .empty),
        ("tag:a and", .missingLabel(position: 10, found: "")),
        ("and tag:a", .missingLabel(position: 1, found: "and")),
        ("tag:a tag:b", .missingOperator(position: 7, found: "tag:b")),
        ("tag:a (tag:b)", .missingOperator(position: 7, found: "(")),
        ("tag:a or dragon", .notALabel(position: 10, found: "dragon")),
        ("tag: and tag:b", .notALabel(position: 1, found: "tag:")),
        ("(tag:a", .unclosedParenthesis(position: 1)),
        ("tag:a)", .unopenedParenthesis(position: 6)),
        ("()", .missingLabel(position: 2, found: ")")),
        ("tag:\"a", .unclosedQuote(position: 5)),
    ]) func `What cannot be read is refused with its place`(_ text: String, _ error: FilterExpressionError) {
        #expect(throws: error) { try FilterExpression(text) }
    }

    @Test func `A hundred thousand parentheses and negations are read and evaluated without recursion`() throws {
        let depth = 100_000
        let text = String(repeating: "not (", count: depth) + "tag:a" + String(repeating: ")", count: depth)
        let expression = try FilterExpression(text)
        let rows = expression.rows(below: 3, rowsByLabel: [RowSet([1], below: 3)])
        #expect(rows.count == 1)
        #expect(rows.contains(1))
    }
}
