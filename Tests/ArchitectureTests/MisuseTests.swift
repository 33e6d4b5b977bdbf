import Foundation
import Testing

/// Programs that the types exclude: the compiler refuses them, and says why.
@Suite(.enabled(if: Misuse.modules != nil, "the package's compiled modules lie beside the test bundle, and swiftc is on the PATH"))
struct MisuseTests {
    @Test("A client's use of a session compiles, so the refusals below are about the misuse")
    func fine() throws {
        let refusals = try Misuse.refusals(
            of: """
                import Likeness
                func ids(_ store: Store) throws -> [String] {
                    try store.withSession { session in
                        var ids: [String] = []
                        for kind in EntityKind.allCases { ids += try session.nearest(kind, to: "tag:a").results.map(\\.id) }
                        return ids
                    }
                }
                """)
        #expect(refusals == [])
    }

    @Test("A session does not escape its closure")
    func escapingSession() throws {
        let refusals = try Misuse.refusals(
            of: """
                import Likeness
                func escape(_ store: Store) throws {
                    let kept = try store.withSession { session in session }
                    _ = kept
                }
                """)
        #expect(refusals == ["'session' is borrowed and cannot be consumed"])
    }

    @Test("A value does not outlive its transaction")
    func outlivingSpan() throws {
        let refusals = try Misuse.refusals(
            of: """
                import LMDB
                func outlive(_ environment: Environment, _ table: Table) throws -> Int {
                    var value = RawSpan()
                    do {
                        let transaction = try ReadTransaction<LMDBError>(environment)
                        if let found = try transaction.get("key", in: table) { value = found }
                    }
                    return value.byteCount
                }
                """)
        #expect(refusals == ["lifetime-dependent variable 'value' escapes its scope"])
    }

    @Test("A value is not read after a change of its transaction")
    func changedUnderSpan() throws {
        let refusals = try Misuse.refusals(
            of: """
                import LMDB
                func change(_ transaction: inout WriteTransaction<LMDBError>, _ table: Table) throws -> Int {
                    guard let value = try transaction.get("key", in: table) else { return 0 }
                    try transaction.put([1], at: "other", in: table)
                    return value.byteCount
                }
                """)
        #expect(refusals.count == 1)
        #expect(refusals.first?.hasPrefix("overlapping accesses to 'transaction', but modification requires exclusive access") == true)
    }

    @Test("A transaction is committed once")
    func committedTwice() throws {
        let refusals = try Misuse.refusals(
            of: """
                import LMDB
                func twice(_ transaction: consuming WriteTransaction<LMDBError>) throws {
                    try transaction.commit()
                    try transaction.commit()
                }
                """)
        #expect(refusals == ["'transaction' consumed more than once"])
    }
}

/// Compiles small programs against the package's modules as they were built.
private enum Misuse {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of the modules; nil if there is none, or no compiler.
    static let modules: URL? = {
        let arguments = CommandLine.arguments
        for place in [arguments[0]] + arguments.filter({ $0.contains(".xctest") }) + Bundle.allBundles.map(\.bundlePath) {
            var folder = URL(fileURLWithPath: place)
            while folder.path != "/" {
                folder.deleteLastPathComponent()
                let modules = folder.appending(path: "Modules")
                guard FileManager.default.fileExists(atPath: modules.appending(path: "Likeness.swiftmodule").path) else { continue }
                return (try? run(["--version"]))?.status == 0 ? modules : nil
            }
        }
        return nil
    }()

    /// What the compiler refuses in a program, each refusal once.
    static func refusals(of program: String) throws -> [String] {
        let modules = try #require(modules)
        let file = FileManager.default.temporaryDirectory.appending(path: "misuse-\(UUID().uuidString).swift")
        try Data(program.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        // Ownership and lifetimes are checked after the types, in the intermediate language.
        let result = try run(
            [
                "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-enable-experimental-feature", "Lifetimes",
                "-package-name", packageName, "-diagnostic-style", "llvm", "-I", modules.path,
            ] + moduleMaps(beside: modules).flatMap { ["-Xcc", "-fmodule-map-file=" + $0] } + [file.path])
        var refusals: [String] = []
        for line in result.output.split(separator: "\n") {
            guard let place = line.range(of: "error: ") else { continue }
            let text = String(line[place.upperBound...])
            if !refusals.contains(text) { refusals.append(text) }
        }
        #expect((result.status == 0) == refusals.isEmpty, "\(result.output)")
        return refusals
    }

    /// The C modules of the package and of the packages that it depends on.
    private static func moduleMaps(beside modules: URL) -> [String] {
        let build = modules.deletingLastPathComponent()
        let checkouts = build.deletingLastPathComponent().deletingLastPathComponent().appending(path: "checkouts")
        func folders(in folder: URL) -> [URL] {
            (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        }
        let targets =
            folders(in: root.appending(path: "Sources"))
            + folders(in: checkouts).flatMap { folders(in: $0.appending(path: "Sources")) }
        let generated = folders(in: build).filter { $0.pathExtension == "build" }
        return (targets.flatMap { [$0, $0.appending(path: "include")] } + generated)
            .map { $0.appending(path: "module.modulemap").path }
            .filter { FileManager.default.fileExists(atPath: $0) }.sorted()
    }

    /// The package manager names a root package after its folder.
    private static var packageName: String {
        String(root.lastPathComponent.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swiftc"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
