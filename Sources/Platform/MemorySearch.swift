#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The system's search of memory, many bytes at a time.
package enum MemorySearch {
    /// The offset of the first byte that is `byte`; nil if there is none.
    @unsafe @inlinable
    package static func first(_ byte: UInt8, in start: UnsafeRawPointer, byteCount: Int) -> Int? {
        unsafe memchr(start, Int32(byte), byteCount).map { unsafe UnsafeRawPointer($0) - start }
    }
}
