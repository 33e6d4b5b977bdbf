import Foundation
import LikenessFormat
import LikenessStore
import ObjectStorage
import RemoteServer
import Testing

@testable import Likeness
@testable import LikenessReplication

/// A primary with a small model, a bucket, and what tests of remotes do with them.
class RemoteFixture {
    let folder: TemporaryFolder
    let primary: Store
    let bucket: RemoteServer

    /// The keys that the bucket lets in.
    private static let variables: Void = {
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "KEY"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_REGION", "us-east-1"),
        ] { setenv(name, value, 1) }
    }()

    init() throws {
        Self.variables
        folder = try TemporaryFolder()
        primary = try folder.plantedStore()
        bucket = try RemoteServer(key: "KEY")
        var options = LeastSquaresFitOptions()
        options.settings.components = 8
        (options.minimumUserLikes, options.minimumItemLikes) = (1, 1)
        try primary.fit(options)
    }

    deinit { bucket.stop() }

    func path(_ name: String) -> String { folder.path + "/" + name }

    var access: RemoteAccess {
        var access = RemoteAccess()
        (access.endpoint, access.attempts, access.patience) = (bucket.url, 3, 5)
        return access
    }

    var options: Replica.Options {
        var options = Replica.Options()
        options.access = access
        return options
    }

    func options(holding contents: RemoteContents) -> Replica.Options {
        var options = options
        options.contents = contents
        return options
    }

    /// A few likes of old and new users and items, and a continuation.
    func grow(_ round: Int, _ store: Store? = nil) throws {
        let store = store ?? primary
        let rows = (0..<6).map { "Item|i\((round * 5 + $0) % 40)|u\((round + 7 * $0) % 60)\n" } + ["New|new\(round)|u\(round)\n"]
        try store.ingestLikes(from: folder.write("modelname|mid|uid\n" + rows.joined(), to: "rows.psv"))
        #expect(try store.fitPartial() != nil)
    }

    /// Replica and primary say the same, and the replica is sound.
    func expectSame(_ replica: String, _ comment: Comment? = nil) throws {
        let store = try Replica.open(at: path(replica))
        #expect(try store.nearest(.items, to: "item:i3") == primary.nearest(.items, to: "item:i3"), comment)
        #expect(try store.recommend(user: "u3") == primary.recommend(user: "u3"), comment)
        let report = try store.verify()
        #expect(report.isSound && report.orphans == 0, comment)
        let parts = (try? FileManager.default.contentsOfDirectory(atPath: path(replica) + "/incoming")) ?? []
        #expect(parts.allSatisfy { $0 == "lock" }, comment)
    }
}
