import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

@Suite struct StudiesTests {
    private func draft() -> Study {
        Study(
            created: 5, creator: "a", watermark: SequenceNumber(rawValue: 9), metric: "ndcg@10", seed: .max, initialTrials: 10, heldOut: 5,
            fraction: 0.2, minimumUserLikes: 5, minimumItemLikes: 5,
            starts: [TrialSettings(loss: "als", values: ["components": .number(64), "features": .name("none")])],
            space: .object(["als": .object(["regularization": .number(0.0125)])]))
    }

    private func trial(_ study: UInt64, _ number: UInt64, _ values: [Double]) -> Trial {
        Trial(
            study: study, number: number, settings: TrialSettings(loss: "als", values: ["components": .number(8)]), origin: .random,
            curve: values.enumerated().map { Trial.Point(epochs: $0 + 1, value: $1) },
            failure: values.isEmpty ? "it diverged" : nil, seconds: 0.25)
    }

    @Test func `Studies and trials are kept in their order, and read as they were written`() throws {
        let folder = try TemporaryStore()
        let store = folder.store
        let studies = Studies(store)
        var kept: [Study] = []
        for _ in 0..<3 { kept.append(try studies.begin(draft())) }
        #expect(kept.map(\.number) == [1, 2, 3])
        let trials = [trial(2, 1, [0.1, 0.3, 0.3]), trial(2, 2, []), trial(2, 3, [-1])]
        for trial in trials { #expect(try studies.add(trial)) }
        #expect(try studies.add(trial(3, 1, [0.5])))
        // What is there stays as it is.
        #expect(try !studies.add(trial(2, 3, [9])))
        let test = StudyTest(trial: 1, reads: 1, users: 4, best: 0.25, standard: nil, low: nil, high: nil)
        #expect(try studies.finish(2, test: test).test == test)
        try folder.read { (transaction) throws(StoreError) in
            let all = try studies.all(in: transaction)
            #expect(all.map(\.number) == [1, 2, 3] && all[1].test == test && all[0] == kept[0])
            var found: [[Trial]] = []
            for number in [2, 1, 7] as [UInt64] { found.append(try studies.trials(of: number, in: transaction)) }
            #expect(found == [trials, [], []])
            let (missing, newest) = (try studies.study(7, in: transaction), try studies.newest(in: transaction))
            #expect(missing == nil && newest == 3)
        }
        #expect(trials.map(\.best?.epochs) == [2, nil, 1])
        #expect(try Verification.run(store).isSound)
    }

    @Test func `A trial that is missing or lies, or has no study, is named`() throws {
        let folder = try TemporaryStore()
        let store = folder.store
        let studies = Studies(store)
        _ = try studies.begin(draft())
        _ = try studies.add(trial(1, 1, [0.5]))
        _ = try studies.add(trial(1, 3, [0.5]))
        #expect(throws: StoreError.self) {
            try folder.read { (transaction) throws(StoreError) in _ = try studies.trials(of: 1, in: transaction) }
        }
        _ = try studies.add(trial(8, 1, [0.5]))
        try folder.write { (transaction) throws(StoreError) in
            let lie = try SealedJSON.seal(trial(1, 2, [0.5]), table: "studies", key: "")
            try transaction.put(lie, at: TrialKey(study: 1, trial: 4).bytes, in: store.tables.studies)
        }
        let problems = try Verification.run(store).problems
        #expect(problems.contains { $0.contains("trial 2 of study 1") } && problems.contains { $0.contains("study 8") }, "\(problems)")
        // Studies that are whole are found all the same.
        try folder.read { (transaction) throws(StoreError) in
            let all = try studies.all(in: transaction)
            #expect(all.map(\.number) == [1])
        }
    }
}
