package import LikenessFormat
import Platform

/// An open pack. Every byte that it gives was checked against a hash.
///
/// The chunks of a section are checked as a whole once; from then on each that is read again is compared with what it was then, so that
/// nobody changes the file between its check and its use.
package final class PackFile {
    /// What messages call it: its path, or where it was copied from.
    package let path: String
    package let header: PackHeader
    private let filePath: String
    private var file: OpenFile?
    private var chunks: [PackSectionKind: [BlockHash]] = [:]
    /// Sections that were checked, as far as there is memory for them, so that they need not be read and hashed again.
    private var kept: [PackSectionKind: [[UInt8]]] = [:]
    private var keptByteCount = 0

    /// Bytes of sections that are kept.
    private static let memoryByteCount = 32 << 20

    /// Opens a pack and checks its header.
    ///
    /// - Parameter name: what messages call it; nil for its path.
    package init(_ path: String, named name: String? = nil) throws(StoreError) {
        (filePath, self.path) = (path, name ?? path)
        let byteCount: Int
        let record: [UInt8]
        do throws(SystemError) {
            let file = try OpenFile(path)
            if try file.descriptor.isFolder { throw .isDirectory }
            byteCount = try file.descriptor.byteCount
            record = try file.descriptor.read(PackHeader.byteCount, at: 0)
            self.file = file
        } catch {
            throw .pack(.file(path: name ?? path, reason: "it cannot be read: \(error)"))
        }
        do { header = try unsafe PackHeader(record.span.bytes, fileByteCount: byteCount) } catch {
            throw .pack(.notAPack(path: name ?? path, reason: error.reason))
        }
    }

    /// Whether a file begins as packs do.
    package static func isPack(_ path: String) -> Bool {
        guard let file = try? OpenFile(path), let bytes = try? file.descriptor.read(PackHeader.magic.count, at: 0) else { return false }
        return bytes == PackHeader.magic
    }

    /// Closes the file until it is read again, and gives up what is in memory: many packs may be looked at at once.
    package func close() {
        (file, kept, keptByteCount) = (nil, [:], 0)
    }

    /// Bytes from a place inside the file.
    private func read(_ byteCount: Int, at offset: Int) throws(StoreError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SystemError) {
            let file: OpenFile
            if let open = self.file { file = open } else { file = try OpenFile(filePath) }
            self.file = file
            bytes = try file.descriptor.read(byteCount, at: offset)
        } catch {
            throw .pack(.file(path: path, reason: "it cannot be read: \(error)"))
        }
        guard bytes.count == byteCount else { throw .pack(.notAPack(path: path, reason: "it was cut short while it was read")) }
        return bytes
    }

    /// Checks a section against its hash.
    package func check(_ kind: PackSectionKind) throws(StoreError) {
        let section = header[kind]
        var digest = PackDigest()
        let isKept = kept[kind] == nil && keptByteCount + section.byteCount <= PackFile.memoryByteCount
        var all: [[UInt8]] = []
        for start in stride(from: 0, to: section.byteCount, by: PackSection.chunkByteCount) {
            let chunk = try read(min(PackSection.chunkByteCount, section.byteCount - start), at: section.offset + start)
            unsafe digest.add(chunk.span.bytes)
            if isKept { all.append(chunk) }
        }
        guard digest.hash == section.hash else { throw damaged(kind, "they are not what was written (their hash differs)") }
        chunks[kind] = digest.chunks
        if isKept {
            kept[kind] = all
            keptByteCount += section.byteCount
        }
    }

    /// A chunk of a section that was checked.
    func chunk(_ number: Int, of kind: PackSectionKind) throws(StoreError) -> [UInt8] {
        if let chunks = kept[kind], number < chunks.count { return chunks[number] }
        let section = header[kind]
        let start = number * PackSection.chunkByteCount
        let chunk = try read(min(PackSection.chunkByteCount, section.byteCount - start), at: section.offset + start)
        guard let hashes = chunks[kind], number < hashes.count, unsafe BlockHash(of: chunk.span.bytes) == hashes[number] else {
            throw damaged(kind, "they have changed since they were checked")
        }
        return chunk
    }

    /// The manifest and its record. The section must have been checked.
    package func manifest() throws(StoreError) -> (manifest: Manifest, record: [UInt8]) {
        var reader = PackSectionReader(self, .manifest)
        let record = try reader.bytes(header[.manifest].byteCount)
        let version = header.version
        let manifest = try PackError.parsing(path, "\(PackSectionKind.manifest)") { () throws(Damage) in
            try unsafe Manifest.parse(record.span.bytes, version: version)
        }
        return (manifest, record)
    }

    /// The checksums of groups of names or features. The section must have been checked.
    package func groups(_ kind: PackSectionKind) throws(StoreError) -> [UInt32] {
        var reader = PackSectionReader(self, kind)
        let count = header[kind].byteCount / 4
        let bytes = try reader.bytes(4 * count)
        return (0..<count).map { unsafe bytes.span.bytes.littleEndian(at: 4 * $0) }
    }

    /// A block, checked against its hash.
    ///
    /// - Parameter offset: where it lies among the blocks.
    func block(_ entry: PackEntry, at offset: Int) throws(StoreError) -> [UInt8] {
        let block = try read(entry.blockByteCount, at: header[.blocks].offset + offset)
        guard unsafe BlockHash(of: block.span.bytes) == entry.hash else {
            throw damaged(.blocks, "block \(entry.hash.hexadecimal) is not what was written")
        }
        return block
    }

    /// The error of something wrong in a section.
    package func damaged(_ kind: PackSectionKind, _ reason: String) -> StoreError {
        .pack(.damaged(path: path, place: "\(kind)", reason: reason))
    }
}

/// An open file that may be closed and opened again.
private final class OpenFile {
    let descriptor: FileDescriptor

    init(_ path: String) throws(SystemError) {
        descriptor = try FileDescriptor(path, for: .reading)
    }
}

/// Reads the bytes of a section that was checked, from its beginning on; one chunk is in memory.
struct PackSectionReader {
    private let pack: PackFile
    private let kind: PackSectionKind
    private var chunk: [UInt8] = []
    private var nextChunk = 0
    private var place = 0
    private var left: Int
    private var previous: UInt32?

    init(_ pack: PackFile, _ kind: PackSectionKind) {
        (self.pack, self.kind) = (pack, kind)
        left = pack.header[kind].byteCount
    }

    /// The next bytes.
    mutating func bytes(_ count: Int) throws(StoreError) -> [UInt8] {
        guard count <= left else { throw pack.damaged(kind, "they end within a record") }
        left -= count
        if count <= chunk.count - place {
            place += count
            return Array(chunk[place - count..<place])
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if place == chunk.count {
                chunk = try pack.chunk(nextChunk, of: kind)
                (nextChunk, place) = (nextChunk + 1, 0)
            }
            let part = min(count - bytes.count, chunk.count - place)
            bytes += chunk[place..<place + part]
            place += part
        }
        return bytes
    }

    /// Calls `body` with the next record, of which the bytes are valid only inside the call.
    ///
    /// - Parameter limit: bytes that a record may have.
    /// - Returns: what `body` returns; nil at the end.
    mutating func next<R>(limit: Int, _ body: (UInt32, RawSpan) throws(StoreError) -> R) throws(StoreError) -> R? {
        if left == 0 { return nil }
        // Most records lie inside a chunk, and are not copied.
        let headerByteCount = PackRecord.headerByteCount
        if chunk.count - place < headerByteCount {
            let header = try bytes(min(headerByteCount, left))
            let (key, count) = try unsafe beginning(header.span.bytes, limit: limit)
            previous = key
            let record = try bytes(count)
            return try unsafe body(key, record.span.bytes)
        }
        let (key, count) = try unsafe beginning(chunk.span.bytes.extracting(place..<place + headerByteCount), limit: limit)
        previous = key
        (place, left) = (place + headerByteCount, left - headerByteCount)
        if chunk.count - place < count {
            let record = try bytes(count)
            return try unsafe body(key, record.span.bytes)
        }
        (place, left) = (place + count, left - count)
        return try unsafe body(key, chunk.span.bytes.extracting(place - count..<place))
    }

    /// What the beginning of a record says.
    private func beginning(_ header: RawSpan, limit: Int) throws(StoreError) -> (key: UInt32, byteCount: Int) {
        do throws(Damage) { return try PackRecord.header(header, after: previous, limit: limit) } catch {
            throw pack.damaged(kind, error.reason)
        }
    }
}
