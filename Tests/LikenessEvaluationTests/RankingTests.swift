import Testing

@testable import LikenessEvaluation

@Suite struct RankingTests {
    /// The definition, word by word.
    private func naiveRanks(_ model: SmallModel, test: LikeRows, excluded: LikeRows?) -> [UInt32] {
        var ranks: [UInt32] = []
        for user in 0..<test.userCount {
            let scores = model.scores(of: user)
            for cell in test[user] {
                guard model.userIsPresent?[user] ?? true else {
                    ranks.append(Ranks.unranked)
                    continue
                }
                guard model.itemIsPresent?[Int(cell)] ?? true else {
                    ranks.append(UInt32(model.itemIsPresent?.count(where: \.self) ?? scores.count))
                    continue
                }
                let above = scores.indices.count { item in
                    item != Int(cell) && scores[item] >= scores[Int(cell)] && (model.itemIsPresent?[item] ?? true)
                        && !(excluded?.contains(user: user, item: UInt32(item)) ?? false)
                }
                ranks.append(UInt32(above))
            }
        }
        return ranks
    }

    @Test(arguments: [(1, 1), (3, 7), (5, 31), (9, 33), (131, 40), (5, 2048), (2, 2050)])
    func `ranks are those of the definition, ties and exclusion included`(users: Int, items: Int) throws {
        for components in [0, 1, 21] {
            let model = SmallModel(users: users, items: items, components: components, ties: true, seed: 4)
            let test = try randomRows(users: users, items: items, percent: items > 1000 ? 1 : 10, seed: 5)
            let train = try randomRows(users: users, items: items, percent: 20, apartFrom: test, seed: 6)
            try model.with { scoring in
                for excluded in [nil, train] {
                    for threads in [1, 3] {
                        let ranks = try Ranking(scoring, test: test, excluding: excluded, threads: threads).run()
                        #expect(ranks.ranks == naiveRanks(model, test: test, excluded: excluded))
                    }
                }
            }
        }
    }

    @Test func `users with many test cells rank as those with few`() throws {
        let model = SmallModel(users: 3, items: 700, components: 2, ties: true, seed: 9)
        let test = try randomRows(users: 3, items: 700, percent: 40, seed: 10)
        let ranks = try model.with { try Ranking($0, test: test).run().ranks }
        #expect(ranks == naiveRanks(model, test: test, excluded: nil))
    }

    @Test func `items and users that are not in the model are neither ranked nor ranked against`() throws {
        var model = SmallModel(users: 8, items: 60, components: 3, ties: true, seed: 1)
        model.itemIsPresent = (0..<60).map { $0 % 3 != 1 }
        model.userIsPresent = (0..<8).map { $0 != 2 }
        let test = try randomRows(users: 8, items: 60, percent: 20, seed: 2)
        try model.with { scoring in
            let ranks = try Ranking(scoring, test: test, top: 60).run()
            #expect(ranks.ranks == naiveRanks(model, test: test, excluded: nil))
            #expect(ranks.unknownUsers == [2])
            #expect(ranks.itemCount == 40)
            #expect(ranks.top?.counts == [Int](repeating: 40, count: 7))
            #expect(ranks.top?.items.allSatisfy { $0 == 0 || $0 % 3 != 1 } == true)
        }
    }

    @Test func `the best items come by score, then by index`() throws {
        let model = SmallModel(users: 9, items: 2500, components: 3, ties: true, seed: 21)
        let test = try randomRows(users: 9, items: 2500, percent: 1, seed: 22)
        let train = try randomRows(users: 9, items: 2500, percent: 30, apartFrom: test, seed: 23)
        try model.with { scoring in
            for k in [1, 5, 40] {
                let ranks = try Ranking(scoring, test: test, excluding: train, top: k, threads: 2).run()
                let top = try #require(ranks.top)
                for (row, user) in ranks.users.enumerated() {
                    let scores = model.scores(of: Int(user))
                    let order = scores.indices
                        .filter { !train.contains(user: Int(user), item: UInt32($0)) }
                        .sorted { (-scores[$0], $0) < (-scores[$1], $1) }
                    #expect(top[row].map(Int.init) == Array(order.prefix(k)))
                }
            }
        }
    }

    @Test func `an item equal to a test item ties with it, whatever the arithmetic`() throws {
        var model = SmallModel(users: 6, items: 5000, components: 37, seed: 3)
        for item in 0..<5000 {
            model.itemBiases[item] = 0.3
            for c in 0..<37 { model.items[item * 37 + c] = model.items[c] }
        }
        let test = try LikeRows(users: [0, 3, 5], items: [17, 2048, 4999], userCount: 6, itemCount: 5000)
        #expect(try model.with { try Ranking($0, test: test).run().ranks } == [4999, 4999, 4999])
    }

    @Test func `unsorted rows and repeated likes are put in order`() throws {
        let rows = try LikeRows(offsets: [0, 4, 4, 5], indices: [7, 2, 7, 0, 3], itemCount: 8)
        #expect(rows.offsets == [0, 3, 3, 4])
        #expect(rows.indices == [0, 2, 7, 3])
    }

    @Test func `train rows that are not sorted leave out what sorted ones do`() throws {
        // LightFM looks unsorted rows up with a binary search all the same, and leaves out the wrong items.
        let model = SmallModel(users: 6, items: 80, components: 4, ties: true, seed: 19)
        let test = try randomRows(users: 6, items: 80, percent: 10, seed: 20)
        let sorted = try randomRows(users: 6, items: 80, percent: 30, apartFrom: test, seed: 24)
        let reversed = try LikeRows(
            offsets: sorted.offsets, indices: (0..<6).flatMap { sorted[$0].reversed() }, itemCount: 80)
        let ranks = try model.with { try Ranking($0, test: test, excluding: reversed).run().ranks }
        #expect(ranks == naiveRanks(model, test: test, excluded: sorted))
    }

    @Test func `a model that is not finite is refused with its row named`() throws {
        let test = try LikeRows(users: [1], items: [2], userCount: 3, itemCount: 4)
        for value in [Float.nan, .infinity, -.infinity] {
            var model = SmallModel(users: 3, items: 4, components: 20, seed: 1)
            model.items[3 * 20 + 19] = value
            #expect(throws: EvaluationError.notFinite(side: .item, row: 3)) {
                try model.with { try Ranking($0, test: test).run() }
            }
            model = SmallModel(users: 3, items: 4, components: 20, seed: 1)
            model.userBiases[1] = value
            #expect(throws: EvaluationError.notFinite(side: .user, row: 1)) {
                try model.with { try Ranking($0, test: test).run() }
            }
            model = SmallModel(users: 3, items: 4, components: 20, seed: 1)
            model.itemIsPresent = [true, true, true, false]
            model.items[3 * 20 + 19] = value
            #expect(try model.with { try Ranking($0, test: test).run().users } == [1])
        }
    }

    @Test func `a score that overflows is refused`() throws {
        var model = SmallModel(users: 1, items: 2, components: 1, seed: 1)
        model.users = [3e38]
        model.items = [3e38, 1]
        let test = try LikeRows(users: [0], items: [0], userCount: 1, itemCount: 2)
        #expect(throws: EvaluationError.scoreNotFinite(user: 0, item: 0)) {
            try model.with { try Ranking($0, test: test).run() }
        }
    }

    @Test func `likes of another shape and likes in both sets are refused`() throws {
        let model = SmallModel(users: 2, items: 3, components: 1, seed: 1)
        let wrong = try LikeRows(users: [], items: [], userCount: 2, itemCount: 4)
        #expect(throws: EvaluationError.shapeDiffers(what: "items", expected: 3, found: 4)) {
            try model.with { try Ranking($0, test: wrong) }
        }
        let test = try LikeRows(users: [0, 1], items: [1, 2], userCount: 2, itemCount: 3)
        #expect(throws: EvaluationError.intersection(user: 0, item: 1)) {
            try model.with { try Ranking($0, test: test, excluding: test) }
        }
        let ranks = try model.with { try Ranking($0, test: test, excluding: test, allowsIntersection: true).run() }
        #expect(ranks.ranks == naiveRanks(model, test: test, excluded: test))
    }

    @Test func `an absent item that is not finite outranks nothing`() throws {
        var model = SmallModel(users: 5, items: 40, components: 7, ties: true, seed: 12)
        model.itemIsPresent = (0..<40).map { $0 % 4 != 2 }
        let test = try randomRows(users: 5, items: 40, percent: 20, seed: 13)
        let expected = naiveRanks(model, test: test, excluded: nil)
        for (item, value) in [(2, Float.nan), (6, .infinity), (38, -.infinity)] { model.items[item * 7 + 3] = value }
        #expect(try model.with { try Ranking($0, test: test).run().ranks } == expected)
    }

    @Test func `rows that lie in blocks with gaps rank as those that lie one behind the other`() throws {
        let model = SmallModel(users: 7, items: 1300, components: 9, ties: true, seed: 14)
        let test = try randomRows(users: 7, items: 1300, percent: 1, seed: 15)
        let expected = try model.with { try Ranking($0, test: test, top: 8).run() }
        // Blocks of 255 rows of 16 floats, each behind a header of 3 floats.
        let (perBlock, stride, header) = (255, 16, 3)
        var memory = [Float](repeating: .nan, count: 6 * (header + perBlock * stride))
        for item in 0..<1300 {
            let start = item / perBlock * (header + perBlock * stride) + header + item % perBlock * stride
            for c in 0..<9 { memory[start + c] = model.items[item * 9 + c] }
        }
        let found = try memory.withUnsafeBufferPointer { memory in
            try model.itemBiases.withUnsafeBufferPointer { biases in
                let start = try #require(memory.baseAddress)
                let blocks = (0..<6).map { start + $0 * (header + perBlock * stride) + header }
                return try model.with { contiguous in
                    let items = LentRepresentations(
                        blocks: blocks, rowsPerBlock: perBlock, biases: biases.baseAddress, count: 1300, components: 9,
                        stride: stride)
                    return try Ranking(
                        ScoringModel(users: contiguous.users, items: items), test: test, top: 8, threads: 3
                    ).run()
                }
            }
        }
        #expect(found == expected)
    }

    @Test func `whatever the number of threads, ranks and lists are the same`() throws {
        let model = SmallModel(users: 20, items: 5_000, components: 5, ties: true, seed: 16)
        let test = try randomRows(users: 20, items: 5_000, percent: 1, seed: 17)
        let train = try randomRows(users: 20, items: 5_000, percent: 3, apartFrom: test, seed: 18)
        try model.with { scoring in
            let one = try Ranking(scoring, test: test, excluding: train, top: 12, threads: 1).run()
            for threads in [2, 3, 64] {
                #expect(try Ranking(scoring, test: test, excluding: train, top: 12, threads: threads).run() == one)
            }
        }
    }
}
