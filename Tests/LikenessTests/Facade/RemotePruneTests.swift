import Foundation
import LikenessFormat
import LikenessStore
import ObjectStorage
import RandomNumbers
import RemoteServer
import Synchronization
import Testing

@testable import Likeness
@testable import LikenessReplication

/// Old versions and packs that go from a remote, while replicas of all ages follow it.
final class RemotePruneTests: RemoteFixture {
    private var round = 0

    private var policy: RetentionPolicy {
        var policy = RetentionPolicy()
        (policy.last, policy.moves) = (2, 0)
        return policy
    }

    private var remotes: [String] { [path("remote"), "s3://models/likeness"] }

    private func grow() throws {
        round += 1
        try grow(round)
    }

    @Test func `What stays is packed anew, replicas of all ages follow, and what nothing leads to goes after a while`() throws {
        for remote in remotes {
            let kind = remote.prefix(2) == "s3" ? "b" : "f"
            try primary.publish(to: remote, access: access)
            try Replica.pull(remote, into: path(kind + "old"), options)
            for step in 0..<9 {
                try grow()
                try primary.publish(to: remote, access: access)
                if step == 4 { try Replica.pull(remote, into: path(kind + "middle"), options) }
            }
            try Replica.pull(remote, into: path(kind + "new"), options)
            let preview = try primary.pruneRemote(remote, policy, isDryRun: true, access: access)
            #expect(preview.isPackedAnew && preview.packs == 10 && preview.kept.count == 2)
            #expect(try Replica.verify(remote, access: access).packs == 10)
            let report = try primary.pruneRemote(remote, policy, access: access)
            #expect(report.isPackedAnew && report.packs == 2 && report.waitingPacks == 10 && report.deletedPacks == 0)
            #expect(report.removed.count == 8 && report.bytes < report.bytesBefore)
            let found = try Replica.verify(remote, access: access)
            #expect(found.isSound && found.packs == 2 && found.unreferenced == 10)
            // Those that are up to date notice nothing, and nothing is packed twice.
            #expect(try Replica.pull(remote, into: path(kind + "new"), options).isUpToDate)
            #expect(try !primary.pruneRemote(remote, policy, access: access).isPackedAnew)
            for age in ["old", "middle", "fresh"] {
                try Replica.pull(remote, into: path(kind + age), options)
                try expectSame(kind + age, "\(age)")
            }
            try grow()
            try primary.publish(to: remote, access: access)
            let deleted = try primary.pruneRemote(remote, policy, grace: 0, access: access)
            #expect(deleted.deletedPacks >= 10 && deleted.waitingPacks == 0)
            #expect(try Replica.verify(remote, access: access).unreferenced == 0)
            for age in ["old", "middle", "new", "fresh", "late"] {
                try Replica.pull(remote, into: path(kind + age), options)
                try expectSame(kind + age, "\(age)")
            }
            try primary.rollBack()
            try primary.publish(to: remote, access: access)
            try Replica.pull(remote, into: path(kind + "late"), options)
            #expect(try Replica.open(at: path(kind + "late")).nearest(.items, to: "item:i3") == primary.nearest(.items, to: "item:i3"))
        }
    }

    @Test func `A prune that is cut off between two pointers harms nobody, and the next one goes on`() throws {
        let remote = remotes[1]
        try primary.publish(to: remote, access: access)
        try primary.promote(.current, to: "beta")
        try primary.publish(to: remote, alias: "beta", access: access)
        for _ in 0..<6 {
            try grow()
            try primary.publish(to: remote, access: access)
        }
        bucket.fail { $0.method == "PUT" && $0.path.hasSuffix("production.pointer") ? .status(403, code: "AccessDenied") : nil }
        #expect(throws: ReplicationError.self) { try self.primary.pruneRemote(remote, self.policy, grace: 0, access: self.access) }
        bucket.fail { _ in nil }
        #expect(try Replica.verify(remote, access: access).isSound)
        var both = options
        both.aliases = ["beta", "production"]
        try Replica.pull(remote, into: path("one"), both)
        try expectSame("one")
        try grow()
        try primary.publish(to: remote, access: access)
        #expect(try Replica.verify(remote, access: access).isSound)
        try Replica.pull(remote, into: path("one"), both)
        try Replica.pull(remote, into: path("two"), both)
        try primary.pruneRemote(remote, policy, grace: 0, access: access)
        let found = try Replica.verify(remote, access: access)
        #expect(found.isSound && found.unreferenced == 0)
        for name in ["one", "two", "three"] {
            try Replica.pull(remote, into: path(name), both)
            try expectSame(name)
        }
    }

    @Test func `A pull whose packs go while it reads them starts over by itself`() throws {
        let remote = remotes[1]
        try primary.publish(to: remote, access: access)
        for _ in 0..<5 {
            try grow()
            try primary.publish(to: remote, access: access)
        }
        let before = bucket.files
        try primary.pruneRemote(remote, policy, grace: 0, access: access)
        try primary.pruneRemote(remote, policy, grace: 0, access: access)
        let after = bucket.files
        for moment in 1..<9 {
            bucket.files = before
            let packs = Mutex(0)
            bucket.fail { [bucket] request in
                let number = packs.withLock { count in
                    if request.path.hasSuffix(".pack") { count += 1 }
                    return count
                }
                if number == moment, request.path.hasSuffix(".pack") { bucket.files = after }
                return nil
            }
            try Replica.pull(remote, into: path("\(moment)"), options)
            bucket.fail { _ in nil }
            try expectSame("\(moment)", "at request \(moment)")
        }
    }

    @Test func `A store that lacks what an alias leads to, and one that is not the primary, prune nothing`() throws {
        let remote = remotes[0]
        try primary.publish(to: remote)
        try primary.promote(.current, to: "beta")
        try primary.publish(to: remote, alias: "beta")
        try Replica.pull(remote, into: path("a"))
        #expect(throws: ReplicationError.self) { try Replica.open(at: self.path("a")).pruneRemote(remote) }
        #expect(throws: ReplicationError.self) { try self.primary.pruneRemote(self.path("nowhere")) }
        for _ in 0..<3 { try grow() }
        try primary.removeAlias("beta")
        var policy = policy
        policy.last = 1
        try primary.prune(policy)
        try primary.publish(to: remote)
        let error = #expect(throws: ReplicationError.self) { try self.primary.pruneRemote(remote, policy, grace: 0) }
        #expect(error?.description.contains("no longer has") == true, "\(String(describing: error))")
        #expect(try Replica.verify(remote).isSound)
    }

    /// Whatever is done in whatever order, replicas answer as the primary does at its last publication, and the remote does not grow without end.
    @Test func `Publications, rollbacks, prunes and pulls in any order agree, and the remote stays near what is of use`() throws {
        let remote = remotes[0]
        var random = SplitMix64(seed: 11)
        try primary.publish(to: remote)
        let isLong = ProcessInfo.processInfo.environment["LIKENESS_HOSTILE"] != nil
        for step in 0..<(isLong ? 500 : 40) {
            switch random.below(8) {
            case 0: _ = try? primary.rollBack()
            case 1, 2: try primary.pruneRemote(remote, policy, grace: random.below(2) == 0 ? 0 : 3_600)
            case 3: try primary.prune(RetentionPolicy())
            default: try grow()
            }
            try primary.publish(to: remote)
            let name = "r\(random.below(3))"
            try Replica.pull(remote, into: path(name))
            let replica = try Replica.open(at: path(name))
            #expect(try replica.nearest(.items, to: "item:i3") == primary.nearest(.items, to: "item:i3"), "step \(step)")
            #expect(try replica.verify().isSound, "step \(step)")
        }
        #expect(try Replica.verify(remote).isSound)
        try primary.pruneRemote(remote, policy, grace: 0)
        try primary.pruneRemote(remote, policy, grace: 0)
        try primary.publish(to: path("fresh"))
        func bytes(_ remote: String) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: remote + "/packs").reduce(0) {
                $0 + ((try FileManager.default.attributesOfItem(atPath: "\(remote)/packs/\($1)")[.size] as? Int) ?? 0)
            }
        }
        // Of two or three versions that share most of their blocks.
        #expect(try bytes(remote) < 3 * bytes(path("fresh")))
    }
}
