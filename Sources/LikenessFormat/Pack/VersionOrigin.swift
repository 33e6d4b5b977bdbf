/// Where a version that came in a pack is from.
public struct VersionOrigin: Sendable, Codable, Equatable {
    /// The identity of the store that made it, 32 hexadecimal digits.
    public let store: String
    /// Its number there.
    public let version: Version
    /// The SHA-256 of its manifest there.
    public let rootHash: String

    package init(store: (UInt64, UInt64), version: Version, rootHash: BlockHash) {
        self.store = VersionOrigin.text(of: store)
        (self.version, self.rootHash) = (version, rootHash.hexadecimal)
    }

    /// An identity as it is written: the bytes of the header in order.
    package static func text(of store: (UInt64, UInt64)) -> String {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: store.0)
        bytes.append(littleEndian: store.1)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Whether a text is an identity as it is written.
    package static func isIdentity(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// The identity that a text gives; nil if it is none.
    package static func identity(_ text: String) -> (UInt64, UInt64)? {
        guard isIdentity(text), let first = UInt64(text.prefix(16), radix: 16), let second = UInt64(text.suffix(16), radix: 16) else {
            return nil
        }
        return (first.byteSwapped, second.byteSwapped)
    }

    var isSound: Bool {
        version.isSound && VersionOrigin.isIdentity(store) && BlockHash(hexadecimal: rootHash) != nil
    }
}
