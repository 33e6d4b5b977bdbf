import ArgumentParser
import Likeness

/// What a remote or a replica holds.
struct ContentsOptions: ParsableArguments {
    @Flag(name: .customLong("full"), help: "Hold everything, the log and all features as well: for a standby.")
    var isFull = false

    @Flag(name: .customLong("without-likes"), help: "Hold no likes: queries leave nothing out that a user likes already.")
    var lacksLikes = false

    func validate() throws {
        if isFull && lacksLikes {
            throw ValidationError("--full holds everything, and --without-likes leaves likes out. Leave one of them out.")
        }
    }

    /// Nil for what is there already, or else what queries need.
    var contents: RemoteContents? {
        isFull ? .everything : lacksLikes ? .withoutLikes : nil
    }
}
