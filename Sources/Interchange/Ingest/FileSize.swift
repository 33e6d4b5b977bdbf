#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How long a file is.
enum FileSize {
    /// Bytes of the file; nil if it is none, such as a pipe.
    static func of(_ path: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard attributes?[.type] as? FileAttributeType == .typeRegular else { return nil }
        return (attributes?[.size] as? any BinaryInteger).map { Int($0) }
    }
}
