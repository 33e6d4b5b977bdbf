package import DelimitedText
import Platform

/// Synthetic likes and features in the layout of the Sketchfab data, with tastes planted in them.
///
/// Items belong to themes, a subject in a style (foxes in low poly); their tags follow the theme. A user cares for a theme
/// and for others that share its subject or its style, so that likes, and tags across likes, are predictable. Items and
/// users have long tails. The same parameters give the same bytes on every machine.
///
/// Memory grows with users and items, not with likes.
package struct DemoData: Equatable, Sendable {
    /// Users, each with at least one like where there are likes enough.
    package var users: Int
    /// Items, each liked at least once where there are likes enough.
    package var items: Int
    /// Rows of likes; about 0.9 % of them repeat a like of the same user.
    package var likes: Int
    /// Different tags.
    package var tags: Int
    /// Rows of later likes in files of their own, with new users and items among them; 0 for none.
    package var newLikes: Int
    /// What all draws come from.
    package var seed: UInt64

    /// Parameters of a data set; the defaults make a small one for a tour.
    package init(
        users: Int = 2000, items: Int = 1500, likes: Int = 60_000, tags: Int = 300, newLikes: Int = 0, seed: UInt64 = 1
    ) {
        self.users = users
        self.items = items
        self.likes = likes
        self.tags = tags
        self.newLikes = newLikes
        self.seed = seed
    }

    /// What was written.
    package struct Summary: Equatable, Sendable {
        /// Rows of `likes.psv`, and how many of them are distinct.
        package var likes = 0, distinctLikes = 0
        /// Rows of `feats.psv`.
        package var features = 0
        /// Rows of `newlikes.psv` and `newfeats.psv`.
        package var newLikes = 0, newFeatures = 0
        /// Bytes of all files.
        package var bytes = 0
    }

    /// Writes `likes.psv` (modelname|mid|uid) and `feats.psv` (mid|type|value) into `directory`, which exists, and with
    /// ``newLikes`` also `newlikes.psv` and `newfeats.psv`. Each file appears when it is complete.
    ///
    /// - Parameter isOverwriting: take the place of files of these names.
    /// - Throws: ``DemoDataError``: among others, there is such a file.
    /// - Complexity: O(users + items + likes).
    package func write(into directory: String, overwriting isOverwriting: Bool = false) throws(DemoDataError) -> Summary {
        try validate()
        let names = ["feats.psv", "likes.psv"] + (newLikes > 0 ? ["newfeats.psv", "newlikes.psv"] : [])
        do throws(OutputError) {
            for name in names { try OutputFile.check(directory + "/" + name, overwriting: isOverwriting) }
        } catch {
            throw .file(.output(error))
        }
        let catalogue = DemoCatalogue(self)
        var summary = Summary()
        do throws(DelimitedTextError) {
            var writer = try DelimitedWriter(path: directory + "/feats.psv", dialect: .psv, overwriting: isOverwriting)
            summary.features = try catalogue.writeFeatures(of: 0..<items, to: &writer)
            summary.bytes += writer.byteCount
            try writer.finish()
            writer = try DelimitedWriter(path: directory + "/likes.psv", dialect: .psv, overwriting: isOverwriting)
            var tastes = DemoTastes(catalogue, data: self)
            summary.distinctLikes = try tastes.writeLikes(to: &writer)
            summary.likes = likes
            summary.bytes += writer.byteCount
            try writer.finish()
            if newLikes > 0 {
                let newItems = items..<items + catalogue.newItemCount
                writer = try DelimitedWriter(path: directory + "/newfeats.psv", dialect: .psv, overwriting: isOverwriting)
                summary.newFeatures = try catalogue.writeFeatures(of: newItems, to: &writer)
                summary.bytes += writer.byteCount
                try writer.finish()
                writer = try DelimitedWriter(path: directory + "/newlikes.psv", dialect: .psv, overwriting: isOverwriting)
                try tastes.writeNewLikes(to: &writer)
                summary.newLikes = newLikes
                summary.bytes += writer.byteCount
                try writer.finish()
            }
        } catch { throw .file(error) }
        return summary
    }

    private func validate() throws(DemoDataError) {
        for (name, value, least) in [
            ("users", users, 1), ("items", items, 2), ("likes", likes, 1), ("tags", tags, 4),
            ("new likes", newLikes, 0),
        ] {
            if value < least { throw .tooFew(what: name, least: least, found: value) }
            if value > Int(UInt32.max) { throw .tooMany(what: name, most: Int(UInt32.max), found: value) }
        }
        // A user who likes more than half of all items has no taste.
        let most = users.multipliedReportingOverflow(by: max(items / 2, 1))
        if !most.overflow, likes > most.partialValue {
            throw .tooMany(what: "likes", most: most.partialValue, found: likes)
        }
    }
}

/// Why demo data was not written.
package enum DemoDataError: Error, Equatable, Sendable {
    /// A number is too low.
    case tooFew(what: String, least: Int, found: Int)
    /// A number is too high.
    case tooMany(what: String, most: Int, found: Int)
    /// A file could not be written.
    case file(DelimitedTextError)
}

extension DemoDataError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooFew(let what, let least, let found): "\(found) \(what) are too few. Ask for at least \(least)."
        case .tooMany(let what, let most, let found):
            "\(found) \(what) are too many here. Ask for at most \(most), or for more users and items."
        case .file(let error): error.description
        }
    }
}
