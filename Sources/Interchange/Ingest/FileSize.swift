#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How long a file is.
enum FileSize {
    /// Bytes of the file; nil if it is none, such as a pipe.
    static func of(_ path: String) -> Int? {
        var status = stat()
        // Foundation gives the size in a type that depends on what else the program imports.
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }
}
