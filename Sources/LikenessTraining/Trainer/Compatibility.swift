/// What can be asked for to compare two ways: behaviours of LightFM 1.17 that this trainer mends by default, and slower paths.
package struct Compatibility: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Pairwise losses also move the user's bias, by the full loss. Its true gradient is 0, since it cancels in a difference of two
    /// scores of one user, and such biases drift down for ever.
    package static let userBiasInPairwise = Compatibility(rawValue: 1 << 0)
    /// Regularisation by a running scale that multiplies the representations during the epoch and divides the parameters at its end,
    /// instead of a decay that is the same for all parameters at all times.
    package static let runningScale = Compatibility(rawValue: 1 << 1)
    /// Rows made of nothing are trained too, and poison the running scale with 0 / 0, instead of being refused by name.
    package static let emptyRows = Compatibility(rawValue: 1 << 2)
    /// The rank loss of k-OS WARP is not kept at ln 1 or above, so that it is -infinity on very small catalogues.
    package static let unboundedKOS = Compatibility(rawValue: 1 << 3)
    /// k-OS WARP takes dislikes for likes.
    package static let dislikesAreLikesInKOS = Compatibility(rawValue: 1 << 4)
    /// Candidates are scored from exact representations rather than from remembered ones.
    package static let exactCandidates = Compatibility(rawValue: 1 << 5)
    /// Features that are but a trace in a row are stepped with it.
    package static let tracesAreTrained = Compatibility(rawValue: 1 << 6)
    /// Candidates are looked at, judged and stepped on part by part, rather than in one call for each stage. The outcome is the same.
    package static let stepsInParts = Compatibility(rawValue: 1 << 7)

    /// All that LightFM has.
    package static let lightFM: Compatibility = [
        .userBiasInPairwise, .runningScale, .emptyRows, .unboundedKOS, .dislikesAreLikesInKOS, .exactCandidates,
        .tracesAreTrained,
    ]
}
