import ArgumentParser
import Likeness
import PlainText

/// `likeness versions show`: everything there is to know about one version.
struct VersionsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show everything there is to know about one version.",
        discussion: "Example: likeness versions show v2")

    @Argument(help: "The version: its number (v12) or an alias.")
    var version = VersionReference.current

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let summary = try store.openForReading().summary(of: version)
        if output.isJSON { return try JSONOutput.print(summary) }
        Terminal.writeLine("v\(summary.version)")
        for (name, value) in facts(of: summary) {
            let padding = String(repeating: " ", count: max(16 - name.count, 1))
            Terminal.writeLine("  \(name)\(padding)\(value.printable)")
        }
    }

    private func facts(of summary: VersionSummary) -> [(String, String)] {
        var facts = [
            ("aliases", summary.aliases.isEmpty ? "none" : summary.aliases.joined(separator: ", ")),
            ("continues", summary.parent.map { "v\($0)" } ?? "nothing: a full fit"),
            ("created", "\(Readable.time(milliseconds: summary.created)) by \(summary.creator)"),
            ("note", summary.note ?? ""),
            (
                "rows",
                "\(Readable.count(summary.users, "user")), \(Readable.count(summary.items, "item")), "
                    + Readable.count(summary.itemFeatures, "feature")
                    + (summary.userFeatures > 0 ? ", \(Readable.count(summary.userFeatures, "user feature"))" : "")
            ),
            (
                "likes",
                "\(Readable.count(summary.likes)), of them \(Readable.count(summary.trainedLikes)) trained by its own fit; "
                    + "up to sequence number \(Readable.count(summary.watermark))"
            ),
            ("epochs", Readable.count(summary.epochs)),
            ("components", "\(summary.components)"),
            (
                "features",
                summary.features + (summary.identityScale == 1 ? "" : ", identity scale \(summary.identityScale)")
                    + (summary.shrinkage == 0 ? "" : ", shrinkage \(summary.shrinkage) likes")
                    + (summary.minimumFeatureItems < 2 ? "" : ", those of \(summary.minimumFeatureItems) items or more")
            ),
        ]
        if let choice = summary.hyperparameters { facts += Self.facts(of: choice) }
        if let choice = summary.leastSquares {
            facts += [
                ("loss", summary.softmax == nil ? "als" : "softmax"), ("regularization", "\(choice.regularization)"),
                ("unobserved", "\(choice.unobservedFactor)"),
                ("feature pull", "\(choice.featurePull)"), ("confidence", choice.confidence.rawValue),
            ]
        }
        if let selection = summary.selection { facts += FitDisplay.lines(for: selection).map { ("chosen", $0) } }
        if let scale = summary.coldItemScale {
            facts.append(("cold items", "what their features say, times \(Readable.decimal(scale, places: 3))"))
        }
        if let softmax = summary.softmax {
            facts += [
                ("scored by", "cosine: users and items have length 1"), ("temperature", "\(softmax.temperature)"),
                ("softmax rate", "\(softmax.learningRate)"), ("negatives", "\(softmax.negatives) of a batch of \(softmax.batch)"),
            ]
        }
        facts += summary.metrics.sorted { $0.key < $1.key }.map { ($0.key, Readable.decimal($0.value, places: 4)) }
        facts.append(("root hash", summary.rootHash))
        if let origin = summary.origin {
            facts.append(("made as", "\(origin.version) of store \(origin.store), root hash \(origin.rootHash)"))
        }
        return facts
    }

    private static func facts(of choice: Hyperparameters) -> [(String, String)] {
        var facts = [("loss", choice.loss.rawValue), ("schedule", choice.schedule.rawValue)]
        switch choice.schedule {
        case .adagrad: facts.append(("learning rate", "\(choice.learningRate)"))
        case .adadelta: facts += [("rho", "\(choice.rho)"), ("epsilon", "\(choice.epsilon)")]
        }
        return facts + [
            ("regularisation", "users \(choice.userRegularization), items \(choice.itemRegularization)"),
            ("max sampled", "\(choice.maxSampled)"), ("margin", "\(choice.margin)"),
            ("threads", "\(choice.threads)"), ("seed", "\(choice.seed)"),
        ]
    }
}
