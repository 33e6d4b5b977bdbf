#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The files of an ingest, in order: folders stand for the text files in them, by name.
enum InputFiles {
    private static let endings = ["psv", "csv", "tsv", "txt", "dat", "data", "jsonl", "ndjson"]

    /// - Throws: `IngestError` for a folder without such files, and for standard input twice.
    static func expand(_ paths: [String]) throws(IngestError) -> [String] {
        var files: [String] = []
        for path in paths {
            var isFolder = false
            if path != "-", let type = try? FileManager.default.attributesOfItem(atPath: resolved(path))[.type] as? FileAttributeType {
                isFolder = type == .typeDirectory
            }
            guard isFolder, paths.count > 0 else {
                files.append(path)
                continue
            }
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter(isText).sorted()
            if names.isEmpty {
                throw .file(
                    "\(path): this is a directory, and no file in it ends with .\(endings.joined(separator: ", .")), with or without .gz or .zst. "
                        + "Give the files to be read")
            }
            files += names.map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
        }
        if files.filter({ $0 == "-" }).count > 1 { throw .file("standard input can be read once only") }
        return files
    }

    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    private static func isText(_ name: String) -> Bool {
        if name.hasPrefix(".") { return false }
        var parts = name.lowercased().split(separator: ".").map(String.init)
        if let last = parts.last, last == "gz" || last == "zst" { parts.removeLast() }
        return parts.count > 1 && endings.contains(parts.last ?? "")
    }
}
