import CVectorKernels

/// The CRC-32C (Castagnoli) checksum: by the processor's own instruction where it has one, otherwise eight bytes at a time over eight tables.
package enum CRC32C {
    /// tables[n][b]: what byte b does n bytes before the end; 8 × 256 words.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 2_048)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<2_048 {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 255)]
        }
        return tables
    }()

    /// The checksum of `bytes` after those whose checksum is `start`.
    ///
    /// - Complexity: O(n): some eight gigabytes a second, or one without the instruction.
    package static func checksum(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
        guard hasInstruction else { return unsafe checksumByTables(bytes, after: start) }
        return unsafe ~checksum_crc32c(bytes.baseAddress, bytes.count, ~start)
    }

    private static let hasInstruction = checksum_crc32c_is_available()

    /// The same without the instruction.
    package static func checksumByTables(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
        unsafe tables.withUnsafeBufferPointer { tables in
            var crc = ~start
            var offset = 0
            while offset + 8 <= bytes.count {
                let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let mixed = word ^ UInt64(crc)
                crc = 0
                for place in 0..<8 {
                    crc ^= unsafe tables[
                        (7 - place) * 256 + Int(truncatingIfNeeded: mixed >> (8 * UInt64(place)) & 255)]
                }
                offset += 8
            }
            while offset < bytes.count {
                crc = unsafe crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[offset])) & 255)]
                offset += 1
            }
            return ~crc
        }
    }

    /// The checksum of `bytes` after those whose checksum is `start`.
    package static func checksum(of bytes: RawSpan, after start: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe checksum($0, after: start) }
    }

    /// The checksum of a record that belongs to an index: of the index, as in the key, and then of the bytes.
    static func checksum(of bytes: RawSpan, at index: UInt32) -> UInt32 {
        let key = unsafe Swift.withUnsafeBytes(of: index.bigEndian) { unsafe checksum($0) }
        return checksum(of: bytes, after: key)
    }
}
