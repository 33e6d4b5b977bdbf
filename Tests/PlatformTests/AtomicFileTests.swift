import Foundation
import Platform
import Testing

/// A folder of its own, removed with the value's last use.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "platform-test-" + UUID().uuidString

    init() throws { try Folder.make(path) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func read(_ name: String) throws -> [UInt8] {
        let descriptor = try FileDescriptor(path + "/" + name, for: .reading)
        return try descriptor.read(descriptor.byteCount, at: 0)
    }
}

@Suite struct AtomicFileTests {
    @Test func `A published file is there with its bytes and rights, and nothing else is`() throws {
        let folder = try TemporaryFolder()
        let file = try AtomicFile(folder.path + "/a")
        try file.descriptor.write([1, 2, 3], at: 0)
        #expect(!Folder.names(in: folder.path).contains("a"))
        try file.publish(replacing: false)
        #expect(Folder.names(in: folder.path) == ["a"])
        #expect(try folder.read("a") == [1, 2, 3])
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/a")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `A file that is there stays unless it is to be replaced`() throws {
        let folder = try TemporaryFolder()
        func publish(_ byte: UInt8, replacing: Bool) throws(SystemError) {
            let file = try AtomicFile(folder.path + "/a")
            try file.descriptor.write([byte], at: 0)
            try file.publish(replacing: replacing)
        }
        try publish(1, replacing: false)
        #expect(throws: SystemError.exists) { try publish(2, replacing: false) }
        #expect(try folder.read("a") == [1])
        try publish(3, replacing: true)
        #expect(try folder.read("a") == [3])
        #expect(Folder.names(in: folder.path) == ["a"])
    }

    @Test func `A file that is not published leaves nothing`() throws {
        let folder = try TemporaryFolder()
        do {
            let file = try AtomicFile(folder.path + "/a")
            try file.descriptor.write([1], at: 0)
            #expect(Folder.names(in: folder.path).count == 1)
        }
        #expect(Folder.names(in: folder.path) == [])
    }

    @Test func `Of many that publish one name at once exactly one succeeds`() throws {
        let folder = try TemporaryFolder()
        nonisolated(unsafe) let results = UnsafeMutablePointer<Int32>.allocate(capacity: 16)
        defer { results.deallocate() }
        let path = folder.path + "/a"
        let threads = (0..<16).compactMap { number in
            SystemThread {
                do throws(SystemError) {
                    let file = try AtomicFile(path)
                    try file.descriptor.write([UInt8(number)], at: 0)
                    try file.publish(replacing: false)
                    results[number] = 0
                } catch { results[number] = error.rawValue }
            }
        }
        for thread in threads { thread.join() }
        let outcomes = (0..<16).map { results[$0] }
        #expect(outcomes.count { $0 == 0 } == 1)
        #expect(outcomes.count { $0 == SystemError.exists.rawValue } == 15)
        #expect(try folder.read("a").first.map { outcomes[Int($0)] } == 0)
        #expect(Folder.names(in: folder.path) == ["a"])
    }

    @Test func `Abandoned files go, those under way and those of other names stay`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        for name in ["a.0123456789abcdef.part", "a.part", "b.0123456789abcdef.part"] {
            _ = try FileDescriptor(folder.path + "/" + name, for: .creating(permissions: 0o600))
        }
        let underWay = try AtomicFile(path)
        AtomicFile.removeAbandoned(beside: path)
        #expect(Set(Folder.names(in: folder.path)) == ["a.part", "b.0123456789abcdef.part", Folder.name(of: underWay.temporaryPath)])
        try underWay.publish(replacing: false)
    }

    @Test func `Names near the greatest length work`() throws {
        let folder = try TemporaryFolder()
        let name = String(repeating: "ü", count: 127)
        try AtomicFile(folder.path + "/" + name).publish(replacing: false)
        #expect(Folder.names(in: folder.path) == [name])
    }

    @Test func `A signal that ends the process removes the unfinished file`() async throws {
        let folder = try TemporaryFolder()
        setenv("PLATFORM_TEST_FOLDER", folder.path, 1)
        await #expect(processExitsWith: .signal(SIGTERM)) {
            // What starts the tests may ignore or block the signal.
            signal(SIGTERM, SIG_DFL)
            var all = sigset_t()
            sigfillset(&all)
            sigprocmask(SIG_UNBLOCK, &all, nil)
            Interruption.removeUnfinishedFiles()
            let file = try AtomicFile(String(cString: getenv("PLATFORM_TEST_FOLDER")) + "/a")
            try file.descriptor.write([1], at: 0)
            raise(SIGTERM)
        }
        #expect(Folder.names(in: folder.path) == [])
    }

    @Test func `A read of memory that is not there ends the process with the line`() async {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            DamageSignal.install(message: "run likeness versions verify")
            raise(SIGBUS)
        }
        #expect(result.map { String(decoding: $0.standardErrorContent, as: UTF8.self).contains("versions verify\n") } == true)
    }

    @Test(arguments: [
        ("a", "."), ("/a", "/"), ("a/b", "a"), ("/a/b/", "/a"), ("a//b", "a"), ("/", "/"), ("//a", "/"), ("./a", "."),
    ])
    func `The folder of a path`(path: String, folder: String) {
        #expect(Folder.parent(of: path) == folder)
    }
}
