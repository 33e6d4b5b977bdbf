#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a reader's bytes come from: a descriptor, or another source that is decompressed or transcoded on the way.
package protocol ByteSource: AnyObject {
    /// Writes the next bytes into `room` and says how many there are; 0 at the end.
    ///
    /// - Throws: ``DelimitedTextError`` when the system fails, or when what is read is damaged or cut off.
    func read(into room: UnsafeMutableRawBufferPointer) throws(DelimitedTextError) -> Int
    /// Bytes of the file that were taken so far, as they stand in it.
    var bytesTaken: Int { get }
}

/// The bytes of an open file or a pipe.
package final class DescriptorSource: ByteSource {
    private let descriptor: Int32
    private let name: String
    private let closes: Bool
    package private(set) var bytesTaken = 0

    /// Reads from an open descriptor, which stays open unless `closing`; `name` is what errors call it.
    package init(_ descriptor: Int32, name: String, closing: Bool) {
        self.descriptor = descriptor
        self.name = name
        closes = closing
    }

    /// Opens `path`; `-` is standard input.
    ///
    /// - Throws: ``DelimitedTextError`` when the file is missing, a directory or may not be read.
    package convenience init(path: String) throws(DelimitedTextError) {
        if path == "-" {
            self.init(0, name: "standard input", closing: false)
            return
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT { throw .missing(path: path) }
            throw .cannotOpen(path: path, reason: systemMessage(code))
        }
        var status = stat()
        if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw .directory(path: path)
        }
        self.init(descriptor, name: path, closing: true)
    }

    deinit { if closes { close(descriptor) } }

    package func read(into room: UnsafeMutableRawBufferPointer) throws(DelimitedTextError) -> Int {
        while true {
            #if canImport(Glibc)
                let count = unsafe Glibc.read(descriptor, room.baseAddress, room.count)
            #elseif canImport(Musl)
                let count = unsafe Musl.read(descriptor, room.baseAddress, room.count)
            #else
                let count = unsafe Darwin.read(descriptor, room.baseAddress, room.count)
            #endif
            if count >= 0 {
                bytesTaken += count
                return count
            }
            let code = errno
            if code != EINTR { throw .cannotRead(path: name, offset: bytesTaken, reason: systemMessage(code)) }
        }
    }
}

/// Bytes that are in hand, and after them those of another source: what was looked at is read all the same.
package final class PeekedSource: ByteSource {
    private let rest: (any ByteSource)?
    private var start = 0
    /// What was looked at and not read yet.
    package private(set) var ahead: [UInt8]

    /// The bytes, and after them those of `rest`.
    package init(_ bytes: [UInt8] = [], then rest: (any ByteSource)? = nil) {
        ahead = bytes
        self.rest = rest
    }

    package var bytesTaken: Int { rest?.bytesTaken ?? start }

    /// Looks further until `isEnough` holds for the bytes ahead, the source ends, or there are `limit` of them.
    package func peek(limit: Int = 1 << 20, until isEnough: ([UInt8]) -> Bool) throws(DelimitedTextError) {
        guard let rest else { return }
        while ahead.count < limit, !isEnough(ahead) {
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
            defer { unsafe room.deallocate() }
            let count = unsafe try rest.read(into: room)
            if count == 0 { return }
            unsafe ahead.append(contentsOf: room.prefix(count))
        }
    }

    /// Passes over the first bytes ahead.
    package func drop(_ count: Int) {
        ahead.removeFirst(min(count, ahead.count))
    }

    package func read(into room: UnsafeMutableRawBufferPointer) throws(DelimitedTextError) -> Int {
        if start < ahead.count {
            let count = min(room.count, ahead.count - start)
            for index in 0..<count { unsafe room[index] = ahead[start + index] }
            start += count
            if start == ahead.count, rest != nil {
                ahead = []
                start = 0
            }
            return count
        }
        guard let rest else { return 0 }
        return unsafe try rest.read(into: room)
    }
}
