#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A file with something on each line, such as ids.
enum LineFile {
    /// The lines that are not empty, as they are: nothing but the line feed, or carriage return and line feed, ends a line. `-` is standard
    /// input. A byte order mark at the start is left out.
    ///
    /// - Throws: `CommandError` for a file that cannot be read, or that is not UTF-8.
    static func lines(of path: String) throws -> [String] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path == "-" ? "/dev/stdin" : path))
        } catch {
            throw CommandError("\(path) cannot be read as a list of lines in UTF-8. Check the path, and write one on each line")
        }
        let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
        var lines: [String] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = line.last == 0x0D ? line.dropLast() : line
            if line.isEmpty { continue }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw CommandError("line \(number + 1) of \(path) is not UTF-8. Save the list as UTF-8")
            }
            lines.append(text)
        }
        return lines
    }
}
