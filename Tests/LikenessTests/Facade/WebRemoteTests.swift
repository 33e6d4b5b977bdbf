import Foundation
import LikenessFormat
import LikenessStore
import ObjectStorage
import RandomNumbers
import RemoteServer
import Testing

@testable import Likeness
@testable import LikenessReplication

/// Remotes over the network: a web server that serves a folder, and a bucket, both of which do wrong what they are told to.
final class WebRemoteTests: RemoteFixture {
    private let web: RemoteServer

    override init() throws {
        web = try RemoteServer()
        try super.init()
    }

    deinit { web.stop() }

    private static let s3 = "s3://models/a b/ü"
    private var address: String { web.url + "/models" }

    /// Publishes to the bucket, and to a folder that the web server serves.
    private func publish() throws {
        try primary.publish(to: Self.s3, access: access)
        try primary.publish(to: path("remote"))
        web.files = [:]
        try web.load(path("remote"), at: "/models")
    }

    @Test func `Replicas follow fits, continuations and rollbacks over HTTP and S3, and fetch little more than what they lack`() throws {
        for round in 0..<5 {
            if (1..<4).contains(round) { try grow(round) }
            if round == 4 { try primary.rollBack() }
            bucket.forgetRequests()
            try publish()
            if round == 4 { #expect(bucket.requests.filter { $0.method == "PUT" }.count == 1) }
            for (remote, name) in [(address, "w"), (Self.s3, "b")] {
                web.forgetRequests()
                let report = try Replica.pull(remote, into: path(name), options)
                #expect(report.moves.count == 1 && report.packs == (round < 4 ? 1 : 0), "round \(round): \(report)")
                try expectSame(name, "round \(round)")
                #expect(try Replica.pull(remote, into: path(name), options).isUpToDate)
                // Of the packs that are known only the header of the last one is looked at.
                let packs = Set(web.requests.filter { $0.path.hasSuffix(".pack") }.map(\.path))
                #expect(packs.count <= 2, "round \(round): \(packs)")
            }
        }
        for (remote, name) in [(address, "late"), (Self.s3, "later")] {
            #expect(try Replica.pull(remote, into: path(name), options).versions.count == 1)
            try expectSame(name)
            #expect(try Replica.verify(remote, access: access).isSound)
            let status = try Replica.status(of: path(name), access: access)
            #expect(status.remote == remote && status.packsBehind == 0 && status.problem == nil)
        }
    }

    @Test func `A pull comes through what goes away by itself`() throws {
        try publish()
        try grow(1)
        try publish()
        var round = 0
        for faults in [
            [.status(503), .hangUp], [.cut(after: 500)], [.cut(after: 0), .status(500)], [.status(429, code: "SlowDown")],
            [.wrongLength(by: 3)],
        ] as [[RemoteServer.Fault]] {
            for end in [".pack", "/remote", ".pointer"] {
                round += 1
                for (server, remote) in [(web, address), (bucket, Self.s3)] {
                    server.fail(end, faults)
                    let name = "\(round)-\(server.port)"
                    try Replica.pull(remote, into: path(name), options)
                    try expectSame(name, "\(faults) at \(end)")
                }
            }
        }
        web.set(knowsRanges: false)
        web.fail(".pack", [.cut(after: 9_000)])
        try Replica.pull(address, into: path("whole"), options)
        try expectSame("whole")
    }

    @Test func `What is wrong and stays so is refused, and the old version answers`() throws {
        try publish()
        for (remote, name) in [(address, "w"), (Self.s3, "b")] { try Replica.pull(remote, into: path(name), options) }
        let old = try primary.nearest(.items, to: "item:i3")
        try grow(1)
        try publish()
        let newest = try #require(try Remotes.open(path("remote"), access, spool: nil).pointer("production"))
        let pack = "packs/\(newest.pack.hexadecimal).pack"
        let first = try #require(try PackFile(path("remote") + "/" + pack).header.previous)
        let faults: [RemoteServer.Fault] = [
            .status(404, code: "NoSuchKey"), .status(403, code: "AccessDenied"), .status(500), .hangUp, .cut(after: 0), .otherBytes([7]),
            .otherBytes(Array("<html>".utf8)), .otherRange, .flip(bit: 12_345), .flip(bit: 77), .wrongLength(by: -40),
        ]
        for (server, remote, name) in [(web, address, "w"), (bucket, Self.s3, "b")] {
            let prefix = server === web ? "/models/" : "/models/a b/ü/"
            for end in [pack, "/remote", ".pointer"] {
                let other = RemoteServer.Fault.other(
                    path: "\(prefix)packs/\(first.hexadecimal).pack".addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? "")
                for fault in faults + [other] {
                    // Small files are asked for as a whole.
                    if case .otherRange = fault, end != pack { continue }
                    server.fail { $0.method == "GET" && $0.path.hasSuffix(end) ? fault : nil }
                    // With what an earlier round has brought, less would be asked for.
                    try? FileManager.default.removeItem(atPath: path(name) + "/incoming")
                    #expect(throws: ReplicationError.self, "\(fault) at \(end) of \(remote)") {
                        try Replica.pull(remote, into: self.path(name), self.options)
                    }
                    let store = try Replica.open(at: path(name))
                    #expect(try store.nearest(.items, to: "item:i3") == old && store.versions().count == 1)
                }
            }
            server.fail { _ in nil }
            // What the bad answers have left is seen through.
            #expect(try Replica.pull(remote, into: path(name), options).versions.count == 1)
            try expectSame(name)
        }
    }

    @Test func `Flipped bits of every file are refused over the network, and found by verifying`() throws {
        try publish()
        let whole = web.files
        var random = SplitMix64(seed: 5)
        for round in 0..<(60 * share) {
            let name = whole.keys.filter { !$0.hasSuffix("lock") }.sorted()[round % 3]
            var bytes = whole[name] ?? []
            bytes[random.below(bytes.count)] ^= UInt8(1 << (round % 8))
            web.files = whole
            web.files[name] = bytes
            let replica = "flipped\(round)"
            #expect(throws: ReplicationError.self, "\(name), round \(round)") {
                try Replica.pull(self.address, into: self.path(replica), self.options)
            }
            let found = try? Replica.verify(address, aliases: ["production"], access: access)
            #expect(found?.isSound != true, "\(name), round \(round)")
            // What the bad answers have left is seen through.
            web.files = whole
            try Replica.pull(address, into: path(replica), options)
            try expectSame(replica)
            try FileManager.default.removeItem(atPath: path(replica))
        }
    }

    /// How much of the long tests is run.
    private var share: Int { ProcessInfo.processInfo.environment["LIKENESS_HOSTILE"] == nil ? 1 : 20 }

    @Test func `Publishing comes through faults, and one that fails changes nothing for replicas`() throws {
        try publish()
        try Replica.pull(Self.s3, into: path("b"), options)
        var round = 0
        for faults in [[.status(503)], [.hangUp, .status(500)]] as [[RemoteServer.Fault]] {
            for end in [".pack", ".pointer"] {
                round += 1
                try grow(round)
                bucket.fail(end, faults)
                try primary.publish(to: Self.s3, access: access)
                bucket.fail { _ in nil }
                try Replica.pull(Self.s3, into: path("b"), options)
                try expectSame("b", "\(faults) at \(end)")
            }
        }
        try grow(9)
        let before = bucket.files
        for end in [".pack", ".pointer"] {
            bucket.fail { $0.method == "PUT" && $0.path.hasSuffix(end) ? .status(403, code: "AccessDenied") : nil }
            #expect(throws: ReplicationError.self) { try self.primary.publish(to: Self.s3, access: self.access) }
            bucket.fail { _ in nil }
            #expect(try Replica.pull(Self.s3, into: path("b"), options).isUpToDate)
            #expect(bucket.files.filter { $0.key.hasSuffix(".pointer") } == before.filter { $0.key.hasSuffix(".pointer") })
            #expect(try Replica.verify(Self.s3, access: access).isSound)
        }
        try primary.publish(to: Self.s3, access: access)
        try Replica.pull(Self.s3, into: path("b"), options)
        try expectSame("b")
    }

    @Test func `A list that is out of date forks nothing, and a pointer that another one wrote stays`() throws {
        try publish()
        bucket.freezeLists()
        try primary.promote(.current, to: "beta")
        try primary.publish(to: Self.s3, alias: "beta", access: access)
        for round in 1..<4 {
            try grow(round)
            try primary.publish(to: Self.s3, access: access)
            try primary.promote(.current, to: "beta")
            try grow(round + 10)
            try primary.promote(.current, to: "beta")
            try primary.publish(to: Self.s3, alias: "beta", access: access)
        }
        bucket.freezeLists(false)
        #expect(try Replica.verify(Self.s3, access: access).isSound)
        var options = options
        options.aliases = ["beta", "production"]
        try primary.publish(to: Self.s3, access: access)
        try Replica.pull(Self.s3, into: path("b"), options)
        try expectSame("b")
        // Between the reading of the pointer and its writing another publisher comes.
        try grow(20)
        let files = bucket.files
        let place = try #require(files.keys.first { $0.hasSuffix("production.pointer") })
        bucket.fail { [bucket] request in
            if request.method == "PUT", request.path.hasSuffix(".pack") { bucket.files[place] = [1, 2, 3] }
            return nil
        }
        let error = #expect(throws: ReplicationError.self) { try self.primary.publish(to: Self.s3, access: self.access) }
        #expect(error?.description.contains("another publisher") == true, "\(String(describing: error))")
        #expect(bucket.files[place] == [1, 2, 3])
        bucket.fail { _ in nil }
        bucket.files[place] = files[place]
        bucket.set(knowsConditions: false)
        #expect(try primary.publish(to: Self.s3, access: access).isUnconditional)
        try Replica.pull(Self.s3, into: path("b"), options)
        try expectSame("b")
    }

    @Test func `One version can be chosen, and the next pull follows again`() throws {
        try publish()
        for round in 1..<4 {
            try grow(round)
            try publish()
        }
        for remote in [path("remote"), address, Self.s3] {
            let name = "at-\(remote.count)"
            var options = options
            options.version = Version(rawValue: 2)
            let report = try Replica.pull(remote, into: path(name), options)
            #expect(report.moves.map(\.to.rawValue) == [2])
            #expect(try Replica.pull(remote, into: path(name), options).isUpToDate)
            #expect(
                try Replica.open(at: path(name)).nearest(.items, to: "item:i3").results
                    == primary.nearest(.items, to: "item:i3", version: .version(Version(rawValue: 2))).results)
            options.version = Version(rawValue: 9)
            let error = #expect(throws: ReplicationError.self) { try Replica.pull(remote, into: self.path(name), options) }
            #expect(error?.description.contains("It has v1, v2, v3, v4") == true, "\(String(describing: error))")
            options.version = nil
            #expect(try Replica.pull(remote, into: path(name), options).moves.map(\.to.rawValue) == [4])
            try expectSame(name)
        }
    }

    @Test func `What is larger than allowed does not come, and an interrupted pull goes on where it was`() throws {
        try publish()
        var options = options
        options.byteLimit = 70_000
        let error = #expect(throws: ReplicationError.self) { try Replica.pull(self.address, into: self.path("w"), options) }
        #expect(error?.description.contains("--max-size") == true, "\(String(describing: error))")
        options.byteLimit = nil
        // After the first part of the blocks nothing comes any more.
        let all = web.files.values.map(\.count).max() ?? 0
        web.fail { $0.headers["range"].map { $0.hasPrefix("bytes=0-") } == false ? .cut(after: 30_000) : nil }
        options.access.attempts = 1
        _ = try? Replica.pull(address, into: path("w"), options)
        web.fail { _ in nil }
        web.forgetRequests()
        try Replica.pull(address, into: path("w"), options)
        try expectSame("w")
        #expect(all > 60_000)
    }

    @Test func `A web server's folder is for reading`() throws {
        let error = #expect(throws: ReplicationError.self) { try self.primary.publish(to: self.address, access: self.access) }
        #expect(error?.description.contains("Publish to the folder that it serves") == true)
    }
}
