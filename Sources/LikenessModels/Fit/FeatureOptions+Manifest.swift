package import LikenessFormat
import LikenessStore
package import LikenessTraining

extension FeatureOptions {
    /// What a version was told about features; nil if this build cannot know.
    package init?(of manifest: Manifest) {
        if let written = manifest.featureOptions {
            guard let options = written.decoded(as: FeatureOptions.self) else { return nil }
            self = options
            return
        }
        // Published before there was more to choose than the weighting.
        guard let weighting = FeatureWeighting(rawValue: manifest.featureWeighting) else { return nil }
        self.init()
        self.weighting = weighting
    }
}
