import Foundation
import Testing

/// The layers of the house, from the ground up. A module may import modules of lower layers, and those beside it that are named.
private let layers: [[String]] = [
    ["CCurl", "CLMDB", "CPlatform", "CVectorKernels", "CZlib", "CZstd"],
    ["PlainText", "Platform", "RandomNumbers"],
    ["LMDB", "LikenessFormat", "ObjectStorage", "WorkerThreads", "DelimitedText"],
    ["LikenessStore", "LikenessTraining", "LikenessEvaluation", "LikenessSearch", "LikenessTuning"],
    ["Interchange", "DemoData", "LikenessModels"],
    ["LikenessReplication"],
    ["Likeness"],
    ["LikenessServer"],
    ["LikenessCLI", "LikenessBench"],
]

/// Arrows that the layers alone would allow.
private let forbidden: [String: Set<String>] = [
    "LikenessFormat": ["CLMDB", "LMDB"],
    "LikenessTraining": ["CLMDB", "LMDB"],
    "LikenessEvaluation": ["CLMDB", "LMDB"],
    "LikenessSearch": ["CLMDB", "LMDB"],
    "LikenessTuning": ["CLMDB", "LMDB"],
]

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

@Suite struct ArrowTests {
    /// The modules of the package that each module's files import.
    private func imports() throws -> [String: Set<String>] {
        let sources = root.appending(path: "Sources")
        let modules = try FileManager.default.contentsOfDirectory(atPath: sources.path)
        var found: [String: Set<String>] = [:]
        for module in modules {
            let files = FileManager.default.enumerator(at: sources.appending(path: module), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                    let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
                    guard let place = words.firstIndex(of: "import"), place <= 1, words.count > place + 1 else { continue }
                    let name = String(words[place + 1])
                    if modules.contains(name) { found[module, default: []].insert(name) }
                }
            }
        }
        return found
    }

    private func layer(of module: String) -> Int? {
        layers.firstIndex { $0.contains(module) }
    }

    @Test func `Every module has a layer, and imports lower layers only`() throws {
        let imports = try imports()
        #expect(imports.count > 8)
        for (module, names) in imports {
            let own = try #require(layer(of: module), "\(module) has no layer: give it one")
            for name in names {
                let other = try #require(layer(of: name), "\(name) has no layer: give it one")
                #expect(other < own, "\(module) imports \(name), which is not below it")
                #expect(forbidden[module]?.contains(name) != true, "\(module) must not import \(name)")
            }
        }
    }

    @Test func `What a module imports is what the package says that it depends on`() throws {
        let package = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        for (module, names) in try imports() {
            let target = module == "LikenessBench" ? "likeness-bench" : module
            let start = try #require(package.range(of: "name: \"\(target)\",\n") ?? package.range(of: "name: \"\(target)\", "))
            let rest = package[start.upperBound...]
            let end = rest.range(of: "arget(")?.lowerBound ?? rest.endIndex
            for name in names {
                #expect(rest[..<end].contains("\"\(name)\""), "\(module) imports \(name) and does not depend on it")
            }
        }
    }

    @Test func `Platform alone imports the C library`() throws {
        let libraries = ["Glibc", "Musl", "Darwin"]
        let sources = root.appending(path: "Sources")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        var found: Set<String> = []
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            if libraries.contains(where: { text.contains("import \($0)\n") }) {
                found.insert(file.deletingLastPathComponent().lastPathComponent)
            }
        }
        #expect(found == ["Platform"])
    }
}
