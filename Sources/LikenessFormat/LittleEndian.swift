extension [UInt8] {
    /// Appends an integer, least significant byte first.
    package mutating func append<Integer: FixedWidthInteger>(littleEndian value: Integer) {
        unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
    }
}

extension RawSpan {
    /// The integer whose least significant byte is at `offset`. The bounds are checked.
    package func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Integer.Type = Integer.self
    ) -> Integer {
        precondition(offset >= 0 && offset + MemoryLayout<Integer>.size <= byteCount)
        return unsafe Integer(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }

    /// The byte at `offset`. The bounds are checked.
    package func byte(at offset: Int) -> UInt8 {
        littleEndian(at: offset)
    }

    /// The bytes, copied.
    package var copied: [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }

    /// The bytes as text, with invalid UTF-8 repaired.
    package var text: String {
        unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
