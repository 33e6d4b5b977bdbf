extension NearestRows {
    /// The `k` rows that a rule chooses for each query, best first.
    ///
    /// - Parameter filters: one a query.
    /// - Throws: `ScanTableError` if a query or the filters do not fit.
    package func best(
        to queries: [QueryVector], by similarity: Similarity, k: Int, filters: [RowFilter], rule: RankingRule
    ) throws(ScanTableError) -> [[Match]] {
        if rule.isPlain { return try nearest(to: queries, by: similarity, k: k, filters: filters) }
        guard filters.count == queries.count else { throw .filtersDiffer(queries: queries.count, filters: filters.count) }
        var answers: [[Match]] = []
        for (query, filter) in zip(queries, filters) {
            answers.append(try best(to: query, by: similarity, k: k, filter: filter, rule: rule))
        }
        return answers
    }

    /// The `k` rows that a rule chooses, best first, with their scores and offsets added up.
    ///
    /// With caps alone rows are taken in order, and those whose value has been taken often enough are left out. With diversity each next
    /// row is the one with the largest (1 − λ)·r − λ·c among the best 300 (or 3 `k`): r is its score, scaled to 0 … 1 among these, and c its
    /// largest cosine to a row that is chosen already (maximal marginal relevance, Carbonell and Goldstein, 1998). Where caps leave fewer than
    /// `k`, it is chosen among four times as many, and so on.
    /// - Throws: `ScanTableError.componentsDiffer` if the query is not of the table's components.
    package func best(
        to query: QueryVector, by similarity: Similarity, k: Int, filter: RowFilter = .none, rule: RankingRule
    ) throws(ScanTableError) -> [Match] {
        let k = min(k, exact.table.rows)
        guard k > 0 else { return [] }
        if rule.isPlain { return try nearest(to: query, by: similarity, k: k, filter: filter) }
        if rule.diversity == 0, rule.caps.isEmpty {
            return try leading(k, to: query, by: similarity, filter: filter, rule: rule)
        }
        var pool = min(rule.diversity > 0 ? max(RankingRule.diversityPool, 3 * k) : max(64, 2 * k), exact.table.rows + 1)
        while true {
            let candidates = try leading(pool, to: query, by: similarity, filter: filter, rule: rule)
            let chosen = choose(k, of: candidates, rule)
            if chosen.count == k || candidates.count < pool { return chosen }
            pool = min(4 * pool, exact.table.rows + 1)
        }
    }

    /// The best rows by score and offset. It asks for more by score alone until no row that it has not seen can be among them.
    private func leading(
        _ count: Int, to query: QueryVector, by similarity: Similarity, filter: RowFilter, rule: RankingRule
    ) throws(ScanTableError) -> [Match] {
        if rule.offsets.isEmpty { return try nearest(to: query, by: similarity, k: count, filter: filter) }
        var wanted = min(max(4 * count, 64), exact.table.rows + 1)
        while true {
            let found = try nearest(to: query, by: similarity, k: wanted, filter: filter)
            var best = TopK(limit: count)
            for match in found { best.insert(Match(row: match.row, score: match.score + rule.offset(of: match.row))) }
            guard found.count == wanted, let last = found.last else { return best.sorted() }
            // Rounding keeps order, so a sum of smaller numbers is not larger.
            if best.isFull, best.threshold > rule.bound(above: last.score) { return best.sorted() }
            wanted = min(4 * wanted, exact.table.rows + 1)
        }
    }

    private func choose(_ k: Int, of candidates: [Match], _ rule: RankingRule) -> [Match] {
        var taken = rule.caps.map { _ in [UInt32: Int]() }
        func isFree(_ row: UInt32) -> Bool {
            zip(rule.caps, taken).allSatisfy { cap, taken in
                (cap.values[row] ?? []).allSatisfy { taken[$0, default: 0] < cap.limit }
            }
        }
        func take(_ row: UInt32) {
            for (place, cap) in rule.caps.enumerated() {
                for value in cap.values[row] ?? [] { taken[place][value, default: 0] += 1 }
            }
        }
        var chosen: [Match] = []
        if rule.diversity == 0 {
            for match in candidates where isFree(match.row) {
                take(match.row)
                chosen.append(match)
                if chosen.count == k { break }
            }
            return chosen
        }
        let (highest, lowest) = (candidates.first?.score ?? 0, candidates.last?.score ?? 0)
        var left = candidates.map { match in
            (
                match: match, relevance: highest > lowest ? (match.score - lowest) / (highest - lowest) : 1,
                likest: -Double.infinity
            )
        }
        while chosen.count < k, !left.isEmpty {
            var (best, place) = (-Double.infinity, -1)
            for (index, candidate) in left.enumerated() {
                let likest = chosen.isEmpty ? 0 : candidate.likest
                let worth = (1 - rule.diversity) * candidate.relevance - rule.diversity * likest
                if worth > best { (best, place) = (worth, index) }
            }
            guard place >= 0 else { break }
            let next = left.remove(at: place).match
            take(next.row)
            chosen.append(next)
            left.removeAll { !isFree($0.match.row) }
            for index in left.indices { left[index].likest = max(left[index].likest, exact.cosine(next.row, left[index].match.row)) }
        }
        return chosen
    }
}
