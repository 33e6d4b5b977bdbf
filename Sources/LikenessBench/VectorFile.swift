#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A file of little-endian float32, as it lies in the map.
@safe struct VectorFile {
    let count: Int
    private let data: NSDataBox

    /// Keeps the bytes where they are as long as the process runs.
    private final class NSDataBox: @unchecked Sendable {
        let data: Data
        init(_ data: Data) { self.data = data }
    }

    init(_ path: String) throws {
        data = NSDataBox(try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe))
        count = data.data.count / 4
    }

    subscript(place: Int) -> Float {
        unsafe data.data.withUnsafeBytes { bytes in
            Float(bitPattern: UInt32(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self)))
        }
    }

    /// Some of the floats, copied.
    func floats(_ range: Range<Int>) -> [Float] {
        unsafe data.data.withUnsafeBytes { bytes in
            range.map { Float(bitPattern: UInt32(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))) }
        }
    }

    /// All floats in vectors of `components`.
    func vectors(_ components: Int) -> [[Float]] {
        stride(from: 0, through: count - components, by: components).map { floats($0..<$0 + components) }
    }
}
