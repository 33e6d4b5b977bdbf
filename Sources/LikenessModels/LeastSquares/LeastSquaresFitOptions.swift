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
/// With ``softmax`` the fit is followed by training on the softmax of cosines: ``withSoftmax(_:)`` has the defaults of both.
public struct LeastSquaresFitOptions: Sendable {
    /// Length of the vectors, iterations, regularisation, threads, seed.
    public var settings = LeastSquaresSettings()
    /// What trains the model further, by the softmax of cosines; nil for nothing. It ranks better where users have few likes.
    public var softmax: SoftmaxSettings?
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
    /// How the options were chosen, for the version to keep; nil if nothing was chosen.
    var selection: FitSelection?

    /// The defaults.
    public init() {}

    /// A fit by the softmax of cosines: some iterations of least squares, and what comes after them.
    ///
    /// - Parameter softmax: how it goes on; threads and seed are those of ``settings``, and are set by the fit.
    public static func withSoftmax(_ softmax: SoftmaxSettings = SoftmaxSettings()) -> LeastSquaresFitOptions {
        var options = LeastSquaresFitOptions()
        options.softmax = softmax
        options.settings.iterations = LeastSquaresFitOptions.softmaxStart
        return options
    }

    /// Iterations of least squares before training by the softmax.
    public static let softmaxStart = 6

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
        case als, softmax
    }

    package let loss: Loss
    package let settings: LeastSquaresSettings
    package var terms: LeastSquaresTerms
    /// What trained after the least squares. Users and items of such a version have a length of 1, so that inner products are cosines.
    package let softmax: SoftmaxSettings?
    /// What the vectors of such a version are compared with.
    package let centers: SoftmaxCenters?
    /// How the settings were chosen; nil if they were given.
    package var selection: FitSelection?

    package init(
        settings: LeastSquaresSettings, terms: LeastSquaresTerms, softmax: SoftmaxSettings? = nil, centers: SoftmaxCenters? = nil
    ) {
        (self.settings, self.terms, self.softmax, self.centers) = (settings, terms, softmax, centers)
        loss = softmax == nil ? .als : .softmax
    }

    /// The record of a version; nil if it was fitted by another loss, or if its numbers cannot be those of a fit.
    package init?(of manifest: Manifest) {
        guard let record = manifest.hyperparameters.decoded(as: LeastSquaresRecord.self), (try? record.settings.validate()) != nil,
            record.settings.components == manifest.components, record.terms.isSound, (record.loss == .softmax) == (record.softmax != nil),
            (record.loss == .softmax) == (record.centers != nil), record.softmax.map({ (try? $0.validate()) != nil }) ?? true,
            record.centers?.isSound(components: manifest.components) ?? true
        else { return nil }
        self = record
    }
}

extension SoftmaxCenters {
    /// Whether the numbers can be means of vectors of length 1.
    fileprivate func isSound(components: Int) -> Bool {
        [users, items].allSatisfy { center in center.count == components && center.allSatisfy { abs($0) <= 1 } }
    }
}

extension LeastSquaresTerms {
    /// Whether the numbers can be those of a fit.
    fileprivate var isSound: Bool {
        let counts = 0...Int(UInt32.max)
        return unobservedWeight.isFinite && unobservedWeight >= 0 && counts.contains(users) && counts.contains(items)
            && meanUserWeight.isFinite && meanUserWeight >= 0 && meanItemWeight.isFinite && meanItemWeight >= 0
            && coldItemScale.map { (0.1...100).contains($0) } ?? true
    }
}
