import Foundation
import RemoteServer
import Synchronization
import Testing

@testable import ObjectStorage

/// Files of a server that does wrong what it can.
final class WebFolderTests {
    private let server: RemoteServer
    private let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }

    init() throws {
        server = try RemoteServer(key: "KEY")
        server.files = ["/bucket/a b/x.pack": bytes]
    }

    deinit { server.stop() }

    private func bucket(attempts: Int = 5, patience: Double = 5, key: String = "KEY") throws -> WebFolder {
        var access = RemoteAccess()
        (access.endpoint, access.attempts, access.patience) = (server.url, attempts, patience)
        return try WebFolder("s3://bucket/a b", access, environment: ["AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "secret"])
    }

    /// Reads a part, and checks that its bytes come once and in order.
    private func read(_ folder: WebFolder, _ range: Range<Int>, stoppingAfter limit: Int = .max) throws -> (bytes: [UInt8], total: Int)? {
        let collected = Collected()
        let found = try folder.read("x.pack", range) { offset, span in
            collected.take(span, offset, range.lowerBound)
            return collected.bytes.count < limit
        }
        #expect(collected.isInOrder)
        return found.map { (collected.bytes, $0.byteCount) }
    }

    private final class Collected {
        var bytes: [UInt8] = []
        var isInOrder = true

        func take(_ span: RawSpan, _ offset: Int, _ start: Int) {
            if offset != start + bytes.count { isInOrder = false }
            span.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
    }

    @Test func `Parts of files come whole, whatever breaks on the way, and what may be tried again is`() throws {
        let folder = try bucket()
        for faults in [
            [], [.status(503)], [.status(500), .status(502), .status(504)], [.status(429, code: "SlowDown")], [.hangUp], [.cut(after: 1)],
            [.cut(after: 70_000), .cut(after: 3), .hangUp], [.wrongLength(by: 7)], [.cut(after: 0), .status(503)],
        ] as [[RemoteServer.Fault]] {
            server.fail("x.pack", faults)
            server.forgetRequests()
            let found = try #require(try read(folder, 1_000..<200_000), "\(faults)")
            #expect(found.bytes == Array(bytes[1_000..<200_000]) && found.total == bytes.count, "\(faults)")
            #expect(server.requests.count <= faults.count + 2, "\(faults)")
        }
        // A file that is cut off again and again comes, piece by piece.
        server.fail { $0.path.hasSuffix("x.pack") ? .cut(after: 20_000) : nil }
        #expect(try read(folder, 0..<bytes.count)?.bytes == bytes)
        server.fail { _ in nil }
        #expect(try read(folder, 299_000..<400_000)?.bytes == Array(bytes[299_000...]))
        #expect(try read(folder, 5..<6)?.bytes == [bytes[5]])
        #expect(try read(folder, 10..<100_000, stoppingAfter: 1)?.bytes.prefix(5) == bytes[10..<15])
        #expect(try folder.read("y.pack", 0..<10) { _, _ in true } == nil)
    }

    @Test func `A server that knows no parts gives all of a file`() throws {
        server.set(knowsRanges: false)
        let folder = try bucket()
        let collected = Collected()
        let found = try #require(
            try folder.read("x.pack", 0..<100) { offset, span in
                collected.take(span, offset, 0)
                return true
            })
        #expect(found.isWhole && found.byteCount == bytes.count && collected.bytes == bytes)
        server.fail("x.pack", [.cut(after: 100_000)])
        #expect(try read(folder, 50_000..<60_000)?.bytes == Array(bytes[50_000...]))
    }

    @Test func `What does not go away is an error with words, after as many tries as are allowed`() throws {
        let cases: [(RemoteServer.Fault, String, Int)] = [
            (.status(503, code: "SlowDown"), "503 SlowDown", 3), (.status(500), "500", 3), (.hangUp, "Check the address", 3),
            (.status(403, code: "AccessDenied"), "Check that these keys", 1), (.status(403, code: "ExpiredToken"), "have expired", 1),
            (.status(403, code: "SignatureDoesNotMatch"), "Check the keys", 1),
            (.status(403, code: "RequestTimeTooSkewed"), "clock", 1), (.status(404, code: "NoSuchBucket"), "make the bucket", 1),
            (.status(301, code: "PermanentRedirect"), "--region", 1), (.otherRange, "another part", 1), (.status(418), "418", 1),
        ]
        let folder = try bucket(attempts: 3)
        for (fault, words, tries) in cases {
            server.fail { _ in fault }
            server.forgetRequests()
            let error = #expect(throws: TransferError.self, "\(fault)") { try self.read(folder, 100..<200) }
            #expect(error?.description.contains(words) == true, "\(fault): \(String(describing: error))")
            // libcurl asks once more by itself where a connection that was kept open has ended.
            #expect(server.requests.count >= tries && server.requests.count <= tries + 1, "\(fault)")
        }
        server.fail { _ in nil }
        let wrong = #expect(throws: TransferError.self) { try self.read(try self.bucket(key: "OTHER"), 0..<10) }
        #expect(wrong?.description.contains("InvalidAccessKeyId") == true)
        server.stop()
        let gone = #expect(throws: TransferError.self) { try self.read(try self.bucket(attempts: 2), 0..<10) }
        #expect(gone?.kind == .unreachable)
    }

    @Test func `A server that says nothing, or next to nothing, is not waited for`() throws {
        server.fail("x.pack", [.silence(seconds: 4), .silence(seconds: 4)])
        let error = #expect(throws: TransferError.self) { try self.read(try self.bucket(attempts: 2, patience: 1), 0..<10) }
        #expect(error?.kind == .unreachable)
        server.fail("x.pack", [.silence(seconds: 4)])
        #expect(try read(try bucket(patience: 1), 0..<10)?.bytes == Array(bytes[..<10]))
        server.fail("x.pack", [.drip(seconds: 0.4)])
        #expect(try read(try bucket(patience: 1), 0..<1_000)?.bytes == Array(bytes[..<1_000]))
    }

    @Test func `Small files are read whole or not at all`() throws {
        let folder = try bucket(attempts: 2)
        #expect(try folder.read("x.pack", limit: 1 << 20)?.bytes == bytes)
        #expect(throws: TransferError.self) { try folder.read("x.pack", limit: 100) }
        #expect(try folder.read("none", limit: 100) == nil)
        for fault in [RemoteServer.Fault.cut(after: 10), .wrongLength(by: 5)] {
            server.fail { _ in fault }
            #expect(throws: TransferError.self) { try folder.read("x.pack", limit: 1 << 20) }
        }
    }

    @Test func `Conditions keep what another one has written, and a lost answer is no loss`() throws {
        let folder = try bucket()
        try folder.write([1], to: "pointer", if: .isAbsent)
        let tag = try #require(try folder.read("pointer", limit: 10)?.tag)
        let present = #expect(throws: TransferError.self) { try folder.write([2], to: "pointer", if: .isAbsent) }
        #expect(present?.kind == .changed)
        try folder.write([3], to: "pointer", if: .isStill(tag))
        let raced = #expect(throws: TransferError.self) { try folder.write([4], to: "pointer", if: .isStill(tag)) }
        #expect(raced?.kind == .changed)
        #expect(try folder.read("pointer", limit: 10)?.bytes == [3])
        // It was written, and the answer was lost: the second try finds its own bytes.
        let next = try #require(try folder.read("pointer", limit: 10)?.tag)
        server.fail("pointer", [.wrongLength(by: 9)])
        try folder.write([6], to: "pointer", if: .isStill(next))
        #expect(try folder.read("pointer", limit: 10)?.bytes == [6])
        server.fail { _ in nil }
        server.set(knowsConditions: false)
        let unknown = #expect(throws: TransferError.self) { try folder.write([7], to: "pointer", if: .isAbsent) }
        #expect(unknown?.kind == .unconditional)
    }

    @Test func `Large files go in parts, and an upload that fails is taken back`() throws {
        let folder = try bucket(attempts: 3)
        let path = NSTemporaryDirectory() + "likeness-upload-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        for size in [7_000, 300_000, 299_999, 150_000, 1 << 20] {
            var shown = 0
            server.fail("up.pack", [.status(503), .hangUp])
            try folder.write(fileAt: path, to: "up.pack", partByteCount: size) { shown = $0 }
            #expect(server.files["/bucket/a b/up.pack"] == bytes && shown == bytes.count, "parts of \(size)")
        }
        server.fail { $0.query["partNumber"] == "3" ? .status(403, code: "AccessDenied") : nil }
        #expect(throws: TransferError.self) { try folder.write(fileAt: path, to: "no.pack", partByteCount: 10_000) }
        #expect(server.files["/bucket/a b/no.pack"] == nil && server.uploadCount == 0)
        #expect(throws: TransferError.self) { try folder.write(fileAt: path + "-", to: "no.pack") }
    }

    @Test func `Lists go on for as many pages as there are, and files go`() throws {
        let folder = try bucket()
        var expected: Set<String> = []
        for number in 0..<10 {
            try folder.write([UInt8(number)], to: "packs/&\(number).pack")
            expected.insert("&\(number).pack")
        }
        server.fail("bucket", [.status(503)])
        #expect(try Set(folder.names(in: "packs")) == expected)
        try folder.remove("packs/&3.pack")
        try folder.remove("packs/none")
        #expect(try folder.names(in: "packs").count == 9 && folder.names(in: "nowhere") == [])
    }

    @Test func `No more bytes come in a second than are allowed`() throws {
        var access = RemoteAccess()
        (access.endpoint, access.rate) = (server.url, 200_000)
        let folder = try WebFolder("s3://bucket/a b", access, environment: ["AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "s"])
        let start = ContinuousClock.now
        #expect(try read(folder, 0..<200_000)?.bytes.count == 200_000)
        // At that speed it takes a second: this is what the option says, however fast the machine is.
        #expect(ContinuousClock.now - start > .milliseconds(900))
    }
}
