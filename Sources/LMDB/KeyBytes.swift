/// A type that is written as a key of a table.
///
/// Integers are written big-endian so that LMDB's byte order is their numeric order.
package protocol KeyBytes {
    /// Calls `body` with the key's bytes, which are valid only inside the call.
    func withKeyBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R
}

extension UInt32: KeyBytes {
    package func withKeyBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        var big = bigEndian
        return try unsafe Swift.withUnsafeBytes(of: &big, body)
    }
}

extension UInt64: KeyBytes {
    package func withKeyBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        var big = bigEndian
        return try unsafe Swift.withUnsafeBytes(of: &big, body)
    }
}

extension String: KeyBytes {
    package func withKeyBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe Array(utf8).withKeyBytes(body)
    }
}

extension [UInt8]: KeyBytes {
    package func withKeyBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe span.bytes.withUnsafeBytes(body)
    }
}

extension UnsafeRawBufferPointer: @unsafe KeyBytes {
    package func withKeyBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(self)
    }
}

extension KeyBytes {
    /// The key in hexadecimal, or as text where it is printable: for errors.
    package var printedKey: String {
        unsafe withKeyBytes { bytes in
            let printable = unsafe !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
            if printable { return unsafe "'" + String(decoding: bytes, as: UTF8.self) + "'" }
            let digits = Array("0123456789abcdef")
            return unsafe bytes.reduce(into: "0x") { text, byte in
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        }
    }
}
