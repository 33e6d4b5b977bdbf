#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file's bytes, mapped for reading. The map ends with its owner.
///
/// What another process writes to the file meanwhile is seen; a file that is cut short meanwhile ends the process that reads behind its new end.
@safe package struct MappedFile: ~Copyable {
    /// The bytes; they may be read only while the owner lives.
    @unsafe package let bytes: UnsafeRawBufferPointer

    /// Maps the whole file as long as it is now; an empty file has no bytes.
    /// - Throws: `SystemError`: no such file, no rights, no address space.
    package init(_ path: String) throws(SystemError) {
        let file = try FileDescriptor(path, for: .reading)
        let count = try file.byteCount
        if count == 0 {
            unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let memory = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, file.number, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { throw .last }
        unsafe bytes = UnsafeRawBufferPointer(start: memory, count: count)
    }

    deinit {
        if let start = unsafe bytes.baseAddress { unsafe munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}
