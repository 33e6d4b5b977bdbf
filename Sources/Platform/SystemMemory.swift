#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Pages and limits of this process's memory.
package enum SystemMemory {
    /// Bytes of a page of memory.
    package static let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// Bytes of the machine's memory.
    package static var physicalByteCount: Int {
        Int(sysconf(Int32(_SC_PHYS_PAGES))) * pageByteCount
    }

    /// Bytes of address space that the process may have; nil for any number.
    package static var addressSpaceLimit: Int? {
        var limit = rlimit()
        #if canImport(Glibc)
            let code = unsafe getrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &limit)
        #else
            let code = unsafe getrlimit(RLIMIT_AS, &limit)
        #endif
        return code == 0 ? Int(exactly: limit.rlim_cur) : nil
    }

    /// Lets the pages that hold these bytes of a shared map of a file stop counting as this process's memory. Who reads them again gets
    /// them from the kernel's cache, or from disk.
    @unsafe package static func release(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        let before = Int(bitPattern: start) % pageByteCount
        let count = (before + bytes.count + pageByteCount - 1) / pageByteCount * pageByteCount
        _ = unsafe madvise(UnsafeMutableRawPointer(mutating: start - before), count, MADV_DONTNEED)
    }
}
