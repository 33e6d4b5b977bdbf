import Foundation

/// Real data sets that are not part of the project: in the folder that LIKENESS_DATA names.
enum SharedData {
    static let folder = ProcessInfo.processInfo.environment["LIKENESS_DATA"]

    /// The path of a data set's file; nil if it is not there.
    static func file(_ name: String) -> String? {
        guard let folder else { return nil }
        let path = folder + "/" + name
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// The names of the models of the Sketchfab sample, 28,824 of them.
    static let sketchfab = file("sketchfab-format-sample/model_urls.psv")
    /// Likes and features of Last.fm.
    static let lastfmLikes = file("hetrec2011-lastfm-2k/psv/likes.psv")
    static let lastfmFeatures = file("hetrec2011-lastfm-2k/psv/feats.psv")
}
