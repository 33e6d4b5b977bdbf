package import LikenessFormat
import LikenessStore
public import LikenessTraining

/// What a fit by alternating least squares is told.
///
/// ```swift
/// var options = LeastSquaresFitOptions()
/// options.settings.threads = 2
/// let report = try store.fit(options)
/// ```
public struct LeastSquaresFitOptions: Sendable {
    /// Length of the vectors, iterations, regularisation, threads, seed.
    public var settings = LeastSquaresSettings()
    /// How features of items and users are weighted; ``FeatureWeighting/none`` leaves them out.
    public var featureWeighting = FeatureWeighting.tfidf
    /// Features that fewer items, or users, of the model have are left out; 0 and 1 leave none out: see `FeatureOptions`.
    public var minimumFeatureItems = 0
    /// Users with fewer likes, and items with fewer, are left out, again and again until none is left that has fewer.
    public var minimumUserLikes = 5
    /// The same for items; 0 also lets in items that nobody likes yet but that have features.
    public var minimumItemLikes = 5
    /// The alias to point at the new version; nil moves none.
    public var alias: String? = "production"
    /// Whether the alias moves even to a version that was not trained, or whose loss is absurd.
    public var forcesAlias = false
    /// A free-text note for the version.
    public var note: String?
    /// Who is to stand in the version and in the alias's history.
    public var creator = Store.systemUser

    /// The defaults.
    public init() {}

    /// What becomes of features, as a version keeps it.
    var features: FeatureOptions {
        var features = FeatureOptions()
        features.weighting = featureWeighting
        features.shrinkage = 0
        features.minimumRows = minimumFeatureItems
        return features
    }
}

/// What the manifest of a version by alternating least squares holds in the place of hyper-parameters.
package struct LeastSquaresRecord: Codable, Sendable, Equatable {
    /// Tells the record from hyper-parameters of the other losses.
    package enum Loss: String, Codable, Sendable {
        case als
    }

    package var loss = Loss.als
    package let settings: LeastSquaresSettings
    package let terms: LeastSquaresTerms

    package init(settings: LeastSquaresSettings, terms: LeastSquaresTerms) {
        self.settings = settings
        self.terms = terms
    }

    /// The record of a version; nil if it was fitted by another loss, or if its numbers cannot be those of a fit.
    package init?(of manifest: Manifest) {
        guard let record = manifest.hyperparameters.decoded(as: LeastSquaresRecord.self), (try? record.settings.validate()) != nil,
            record.settings.components == manifest.components, record.terms.isSound
        else { return nil }
        self = record
    }
}

extension LeastSquaresTerms {
    /// Whether the numbers can be those of a fit.
    fileprivate var isSound: Bool {
        let counts = 0...Int(UInt32.max)
        return unobservedWeight.isFinite && unobservedWeight >= 0 && counts.contains(users) && counts.contains(items)
            && meanUserWeight.isFinite && meanUserWeight >= 0 && meanItemWeight.isFinite && meanItemWeight >= 0
    }
}
