/// How a file is packed, told by its first bytes.
package enum Compression: String, Sendable, CaseIterable {
    case gzip
    case zstd
    case bzip2
    case xz
    case lz4
    case zip
    case sevenZip = "7z"
    case parquet = "Parquet"
    case sqlite = "SQLite"

    /// What `bytes`, a file's first, say about how it is packed; `nil` for text.
    package init?(startingWith bytes: [UInt8]) {
        let found = Compression.magics.first { bytes.starts(with: $0.bytes) }
        guard let found else { return nil }
        self = found.kind
    }

    /// How many bytes must be looked at.
    package static let magicBytes = 15

    private static let magics: [(bytes: [UInt8], kind: Compression)] = [
        ([0x1F, 0x8B, 0x08], .gzip), ([0x28, 0xB5, 0x2F, 0xFD], .zstd), (Array("BZh".utf8), .bzip2),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz), ([0x04, 0x22, 0x4D, 0x18], .lz4), ([0x50, 0x4B, 0x03, 0x04], .zip),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip), (Array("PAR1".utf8), .parquet),
        (Array("SQLite format 3".utf8), .sqlite),
    ]

    /// The command that turns `path` into text that can be piped in; `nil` where it is read as it is.
    func pipe(from path: String) -> String? {
        switch self {
        case .gzip, .zstd: nil
        case .bzip2: "bzcat \(path) | likeness ingest likes -"
        case .xz: "xzcat \(path) | likeness ingest likes -"
        case .lz4: "lz4cat \(path) | likeness ingest likes -"
        case .zip: "unzip -p \(path) | likeness ingest likes -"
        case .sevenZip: "7z x -so \(path) | likeness ingest likes -"
        case .parquet: "duckdb -c \"copy (from '\(path)') to '/dev/stdout' (header)\" | likeness ingest likes - --format csv"
        case .sqlite: "sqlite3 -csv -header \(path) 'select …' | likeness ingest likes - --format csv"
        }
    }
}
