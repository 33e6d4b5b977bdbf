import LikenessFormat
import Platform

/// Writes a pack section after section. The file appears under its name whole, or not at all; no more than a chunk of it is in memory.
struct PackWriter: ~Copyable {
    private let file: AtomicFile
    private let path: String
    private var offset = PackHeader.byteCount
    private var sections: [PackSection] = []
    private var digest = PackDigest()
    private var pending: [UInt8] = []
    private var start = PackHeader.byteCount
    private var records = 0

    init(_ path: String, permissions: UInt32) throws(StoreError) {
        self.path = path
        if FileIdentity(path) != nil { throw .pack(.exists(path: path)) }
        AtomicFile.removeAbandoned(beside: path)
        do { file = try AtomicFile(path, permissions: permissions) } catch {
            throw .pack(.file(path: path, reason: "it cannot be made: \(error)"))
        }
        pending.reserveCapacity(PackSection.chunkByteCount)
    }

    /// Bytes of the pack so far.
    var byteCount: Int { offset + pending.count }

    /// Adds a record of a key.
    mutating func add(_ key: UInt32, _ bytes: RawSpan) throws(StoreError) {
        var record: [UInt8] = []
        record.reserveCapacity(PackRecord.headerByteCount + bytes.byteCount)
        PackRecord.append(key, bytes, to: &record)
        try add(record)
    }

    /// Adds bytes that count as one record.
    mutating func add(_ bytes: [UInt8]) throws(StoreError) {
        records += 1
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(PackSection.chunkByteCount - pending.count)
            pending += part
            rest = rest.dropFirst(part.count)
            if pending.count == PackSection.chunkByteCount { try writeChunk() }
        }
    }

    /// Adds a block, which its own hash authenticates.
    mutating func add(block: RawSpan) throws(StoreError) {
        precondition(pending.isEmpty)
        records += 1
        try write(block)
    }

    private mutating func writeChunk() throws(StoreError) {
        let chunk = pending
        pending = []
        pending.reserveCapacity(PackSection.chunkByteCount)
        unsafe digest.add(chunk.span.bytes)
        try unsafe write(chunk.span.bytes)
    }

    private mutating func write(_ bytes: RawSpan) throws(StoreError) {
        do {
            try unsafe bytes.withUnsafeBytes { (raw) throws(SystemError) in try unsafe file.descriptor.writeAll(raw, at: offset) }
        } catch {
            throw .pack(.file(path: path, reason: "it cannot be written: \(error)"))
        }
        offset += bytes.byteCount
    }

    /// Ends the section that was written.
    mutating func end(_ kind: PackSectionKind) throws(StoreError) {
        if !pending.isEmpty { try writeChunk() }
        let nothing = unsafe BlockHash([UInt8](repeating: 0, count: BlockHash.byteCount).span.bytes, at: 0)
        sections.append(
            PackSection(
                kind: kind, offset: start, byteCount: offset - start, records: records, hash: kind == .blocks ? nothing : digest.hash))
        (start, records, digest) = (offset, 0, PackDigest())
    }

    /// Writes the header that comes of the sections, and gives the file its name.
    consuming func publish(_ makeHeader: ([PackSection]) -> PackHeader) throws(StoreError) -> PackHeader {
        let header = makeHeader(sections)
        let path = path
        do {
            try file.descriptor.write(header.bytes, at: 0)
            try file.publish(replacing: false)
        } catch {
            if error == .exists { throw .pack(.exists(path: path)) }
            throw .pack(.file(path: path, reason: "it cannot be written: \(error)"))
        }
        return header
    }
}
