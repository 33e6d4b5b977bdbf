public import LikenessFormat
import LikenessStore

/// A study and its trials.
public struct StudyReport: Sendable, Codable {
    /// What is searched, and what the test likes said.
    public let study: Study
    /// All trials, in the order in which they ended.
    public let trials: [Trial]
    /// The best trial's settings as a command; nil if no trial was measured.
    public let command: String?
    /// Whether the search was stopped before it had as many trials as asked for.
    public internal(set) var isStopped = false
    /// Whether the search has tried everything that there is in its space.
    public internal(set) var isExhausted = false
    /// The version that was published with the best settings; nil unless that was asked for.
    public internal(set) var published: FitReport?
    /// From the first like read to the end; 0 for a study that was only looked up.
    public internal(set) var seconds = 0.0

    init(_ study: Study, _ trials: [Trial]) {
        self.study = study
        self.trials = trials
        command = Trial.best(of: trials).flatMap { StudyReport.command($0, study) }
    }

    /// The trial with the greatest value, the first of several; nil if none was measured.
    public var best: Trial? { Trial.best(of: trials) }

    /// The trials from the best to the worst; those that failed come last.
    public var ranked: [Trial] {
        trials.sorted { (left: Trial, right: Trial) in
            let values = (left.best?.value ?? -.infinity, right.best?.value ?? -.infinity)
            return values.0 != values.1 ? values.0 > values.1 : left.number < right.number
        }
    }

    private static func command(_ trial: Trial, _ study: Study) -> String? {
        guard let loss = TunedLoss(rawValue: trial.settings.loss), let epochs = trial.best?.epochs else { return nil }
        var words = ["likeness fit --loss \(loss.rawValue)"]
        var values = trial.settings.values
        values["epochs"] = .number(Double(epochs))
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { words.append("--\(name) \(value)") }
        let standard = FitOptions()
        if study.minimumUserLikes != standard.minimumUserLikes { words.append("--min-user-likes \(study.minimumUserLikes)") }
        if study.minimumItemLikes != standard.minimumItemLikes { words.append("--min-item-likes \(study.minimumItemLikes)") }
        if study.seed != 1 { words.append("--seed \(study.seed)") }
        return words.joined(separator: " ")
    }
}
