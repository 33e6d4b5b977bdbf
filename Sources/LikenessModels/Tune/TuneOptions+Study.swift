import LikenessFormat
import LikenessStore
import LikenessTraining
import LikenessTuning

extension TuneOptions {
    /// Checks what does not depend on the store.
    func check() throws(TuneError) {
        func require(_ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ rule: String) throws(TuneError) {
            if !holds { throw .badOption(name: name, value: value.description, rule: rule) }
        }
        if let trials { try require((1...1_000_000).contains(trials), "trials", trials, "it must be 1 to 1000000; 50 are usual") }
        if let timeLimit { try require(timeLimit > 0 && timeLimit < 1e9, "time", timeLimit, "it must be a positive number of seconds") }
        if let losses { try require(!losses.isEmpty, "loss", "empty", "at least one loss must be searched") }
        if let initialTrials {
            try require((0...1_000_000).contains(initialTrials), "initialTrials", initialTrials, "it must be 0 or more; 10 are usual")
        }
        if let heldOut { try require((1...1_000_000).contains(heldOut), "heldOut", heldOut, "it must be at least 1; 5 is usual") }
        if let fraction { try require(fraction > 0 && fraction <= 1, "fraction", fraction, "it is a share above 0, up to 1; 0.2 is usual") }
        for (name, value) in [("minUserLikes", minimumUserLikes), ("minItemLikes", minimumItemLikes)] {
            guard let value else { continue }
            try require((0...1_000_000_000).contains(value), name, value, "it must be 0 or more; 5 is usual")
        }
        try require((1...1_024).contains(threads), "threads", threads, "it must be 1 to 1024")
        try require((1...1_024).contains(parallel), "parallel", parallel, "it must be 1 to 1024")
        if let space, let losses, Set(space.losses) != Set(losses) {
            throw .badOption(
                name: "loss", value: losses.map(\.rawValue).joined(separator: ","),
                rule: "the space is one of \(space.losses.map(\.rawValue).joined(separator: ",")). Leave one of both out")
        }
        if let space { _ = try space.searchSpace() }
    }

    /// The space that is given, or the one that suits the losses and the store's features.
    func chosenSpace(_ data: TrainingSet) throws(TuneError) -> TuneSpace {
        let hasFeatures = data.itemFeatures.contains { !$0.isEmpty } || data.userFeatures.contains { !$0.isEmpty }
        return space ?? TuneSpace(losses ?? [.als], hasFeatures: hasFeatures)
    }

    /// A study of these options that begins now.
    ///
    /// - Parameter earlier: settings to start with besides those that are named, the best first.
    func study(_ data: TrainingSet, earlier: [TrialSettings], creator: String, now: Int64) throws(TuneError) -> Study {
        let chosen = try chosenSpace(data)
        let searched = try chosen.searchSpace()
        var firsts: [TrialSettings] = []
        for start in starts {
            let loss = TunedLoss(rawValue: start.loss)
            var settings = loss.map { chosen.start($0, in: searched) } ?? start
            settings.values.merge(start.values) { $1 }
            if let fault = searched.fault(of: settings) { throw .badOption(name: "start", value: start.words, rule: fault) }
            if !firsts.contains(settings) { firsts.append(settings) }
        }
        for settings in earlier where searched.fault(of: settings) == nil && !firsts.contains(settings) { firsts.append(settings) }
        for loss in chosen.losses {
            let settings = chosen.start(loss, in: searched)
            if !firsts.contains(settings) { firsts.append(settings) }
        }
        let standard = FitOptions()
        let held = heldOut ?? 5
        return Study(
            created: now, creator: creator, watermark: data.watermark, metric: (metric ?? .standard).description, seed: seed ?? 1,
            initialTrials: initialTrials ?? 10, heldOut: held, fraction: fraction ?? TuneOptions.fraction(of: data, heldOut: held),
            minimumUserLikes: minimumUserLikes ?? standard.minimumUserLikes,
            minimumItemLikes: minimumItemLikes ?? standard.minimumItemLikes, starts: firsts, space: JSONValue(encoding: chosen) ?? .null)
    }

    /// The share of users to hold likes out of that is enough to tell settings apart.
    static func fraction(of data: TrainingSet, heldOut: Int) -> Double {
        var likes = [Int](repeating: 0, count: data.lengths.users)
        for position in 0..<data.opinions.count where !data.isDislike(position) { likes[Int(data.opinions.users[position])] += 1 }
        let users = likes.count { $0 >= 2 * heldOut }
        guard users > 0 else { return 0.2 }
        // With two digits, as a command line would have it.
        return min(max((100 * 500 / Double(users)).rounded(.up) / 100, 0.2), 0.5)
    }

    /// Checks that a study can go on with what is asked for.
    func check(against study: Study, _ searched: TuneSpace) throws(TuneError) {
        func require(_ what: String, _ has: some CustomStringConvertible, _ asked: (some CustomStringConvertible)?) throws(TuneError) {
            guard let asked, asked.description != has.description else { return }
            throw .studyDiffers(study.number, what: what, has: has.description, asked: asked.description)
        }
        if let space, space != searched {
            throw .studyDiffers(study.number, what: "space", has: "that it began with", asked: "another")
        }
        func names(_ losses: [TunedLoss]) -> String { TunedLoss.allCases.filter(losses.contains).map(\.rawValue).joined(separator: ",") }
        try require("losses", names(searched.losses), losses.map(names))
        try require("metric", study.metric, metric?.description)
        try require("seed", study.seed, seed)
        try require("number of random trials", study.initialTrials, initialTrials)
        try require("number of likes held out", study.heldOut, heldOut)
        try require("share of users with likes held out", study.fraction, fraction)
        try require("least likes of a user", study.minimumUserLikes, minimumUserLikes)
        try require("least likes of an item", study.minimumItemLikes, minimumItemLikes)
        if !starts.isEmpty || startsFrom != nil {
            throw .studyDiffers(study.number, what: "settings to start with", has: "tried", asked: "others")
        }
    }
}

extension TrialSettings {
    /// The settings as the command line has them: `loss=als,components=64`.
    var words: String {
        (["loss=\(loss)"] + values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: ",")
    }
}
