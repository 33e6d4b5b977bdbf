import Platform

/// Where a reader's bytes come from: a descriptor, or another source that is decompressed or transcoded on the way.
package protocol ByteSource: AnyObject {
    /// Writes the next bytes into `room` and says how many there are; 0 at the end.
    ///
    /// - Throws: ``DelimitedTextError`` when the system fails, or when what is read is damaged or cut off.
    func read(into room: UnsafeMutableRawBufferPointer) throws(DelimitedTextError) -> Int
    /// Bytes of the file that were taken so far, as they stand in it.
    var bytesTaken: Int { get }
    /// How sure it is that nothing is missing at the end.
    var end: SourceEnd { get }
}

/// How sure it is that the end of a source's bytes is where its writer meant it to be.
package enum SourceEnd: Sendable {
    /// Nothing speaks against it.
    case certain
    /// A pipe, which ends too when its writer is stopped.
    case ofPipe
    /// A file that was changed while it was read.
    case ofChangedFile
}

extension ByteSource {
    package var end: SourceEnd { .certain }
}

/// The bytes of an open file or a pipe.
package final class DescriptorSource: ByteSource {
    private let descriptor: Int32
    private let name: String
    /// The file, if this source is its owner.
    private let file: FileDescriptor?
    private let opened: FileDescriptor.State?
    package private(set) var bytesTaken = 0

    /// Reads from an open descriptor, which stays open; `name` is what errors call it.
    package init(_ descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
        file = nil
        opened = FileDescriptor.state(descriptor)
    }

    /// Opens `path`; `-` is standard input.
    ///
    /// - Throws: ``DelimitedTextError`` when the file is missing, a directory or may not be read.
    package init(path: String) throws(DelimitedTextError) {
        if path == "-" {
            descriptor = 0
            name = "standard input"
            file = nil
            opened = FileDescriptor.state(0)
            return
        }
        let opening: FileDescriptor
        do { opening = try FileDescriptor(path, for: .reading) } catch {
            if error == .noSuchFile { throw .missing(path: path) }
            throw .cannotOpen(path: path, reason: error.description)
        }
        if (try? opening.isFolder) == true { throw .directory(path: path) }
        descriptor = opening.number
        name = path
        file = consume opening
        opened = FileDescriptor.state(descriptor)
    }

    package var end: SourceEnd {
        switch opened {
        case .pipe: .ofPipe
        case .file: FileDescriptor.state(descriptor) == opened ? .certain : .ofChangedFile
        case .other, nil: .certain
        }
    }

    package func read(into room: UnsafeMutableRawBufferPointer) throws(DelimitedTextError) -> Int {
        do {
            let count = unsafe try FileDescriptor.read(descriptor, into: room)
            bytesTaken += count
            return count
        } catch {
            throw .cannotRead(path: name, offset: bytesTaken, reason: error.description)
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
