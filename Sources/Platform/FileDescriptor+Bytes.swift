#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension FileDescriptor {
    /// Reads what there is, at most the buffer's bytes.
    ///
    /// - Returns: bytes read; 0 at the end of the file.
    @unsafe package static func read(
        _ number: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        try SystemError.retrying {
            #if canImport(Glibc)
                unsafe Glibc.read(number, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                unsafe Musl.read(number, buffer.baseAddress, buffer.count)
            #else
                unsafe Darwin.read(number, buffer.baseAddress, buffer.count)
            #endif
        }
    }

    /// Writes all bytes to an open file, such as standard output.
    @unsafe package static func writeAll(_ number: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try SystemError.retrying {
                #if canImport(Glibc)
                    unsafe Glibc.write(number, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    unsafe Musl.write(number, rest.baseAddress, rest.count)
                #else
                    unsafe Darwin.write(number, rest.baseAddress, rest.count)
                #endif
            }
        }
    }

    /// Fills the buffer from the file's bytes at `offset`.
    ///
    /// - Returns: bytes read: fewer than the buffer has only at the end of the file.
    @unsafe package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try SystemError.retrying {
                unsafe pread(number, rest.baseAddress, rest.count, off_t(offset + done))
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all bytes into the file from `offset` on.
    @unsafe package func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try SystemError.retrying {
                unsafe pwrite(number, rest.baseAddress, rest.count, off_t(offset + done))
            }
        }
    }

    /// The file's bytes from `offset` on, at most `byteCount`; fewer at the end of the file.
    package func read(_ byteCount: Int, at offset: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            do throws(SystemError) { count = try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: offset) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all bytes into the file from `offset` on.
    package func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
        try unsafe bytes.span.bytes.withUnsafeBytes { raw throws(SystemError) in try unsafe writeAll(raw, at: offset) }
    }
}
