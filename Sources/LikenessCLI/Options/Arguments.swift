public import ArgumentParser
public import Likeness

// How the library's own types are written on the command line.

extension VersionReference: ExpressibleByArgument {
    /// `v12` and `12` are versions, anything else is an alias.
    public init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self.init(argument)
    }

    /// The reference as help texts show it.
    public var defaultValueDescription: String {
        description
    }
}

extension EntityKind: ExpressibleByArgument {}
extension TagMovement: ExpressibleByArgument {}
extension FeatureWeighting: ExpressibleByArgument {}
extension Hyperparameters.Loss: ExpressibleByArgument {}
extension Hyperparameters.Dislikes: ExpressibleByArgument {}
extension Hyperparameters.Schedule: ExpressibleByArgument {}
extension DuplicateRule: ExpressibleByArgument {}
extension FeatureOwner: ExpressibleByArgument {}
extension TextFormat: ExpressibleByArgument {}
extension TextEncodingName: ExpressibleByArgument {}
extension RemoteAccess.Addressing: ExpressibleByArgument {}
extension LikesSplit.Kind: ExpressibleByArgument {}
extension LeastSquaresSettings.Confidence: ExpressibleByArgument {}
extension EvaluatedItems: ExpressibleByArgument {}
