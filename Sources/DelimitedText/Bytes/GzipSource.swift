private import CZlib

/// The text of a gzip file: one member after the other, with their checksums compared.
@safe final class GzipSource: ByteSource {
    private let packed: any ByteSource
    private let name: String
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var isAtEnd = false
    private var isBetweenMembers = false
    private var given = 0

    init(_ packed: any ByteSource, name: String) throws(DelimitedTextError) {
        self.packed = packed
        self.name = name
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe input = .allocate(byteCount: 1 << 18, alignment: 16)
        // 16 more than the largest window asks for the gzip format.
        guard unsafe inflateInit2_(stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .cannotOpen(path: name, reason: "zlib has no memory")
        }
    }

    deinit {
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe input.deallocate()
    }

    var bytesTaken: Int { packed.bytesTaken }

    func read(into room: UnsafeMutableRawBufferPointer) throws(DelimitedTextError) -> Int {
        if isAtEnd { return 0 }
        unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(min(room.count, Int(Int32.max)))
        let asked = unsafe stream.pointee.avail_out
        while unsafe stream.pointee.avail_out == asked {
            if unsafe stream.pointee.avail_in == 0 {
                let count = unsafe try packed.read(into: input)
                if count == 0 {
                    isAtEnd = true
                    if isBetweenMembers { return 0 }
                    throw .cutOff(path: name, compression: .gzip, textBytes: given)
                }
                unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.avail_in = UInt32(count)
            }
            if isBetweenMembers {
                // Tapes and block devices pad with zeros.
                while unsafe stream.pointee.avail_in > 0, unsafe stream.pointee.next_in.pointee == 0 {
                    unsafe stream.pointee.next_in += 1
                    unsafe stream.pointee.avail_in -= 1
                }
                if unsafe stream.pointee.avail_in == 0 { continue }
                _ = unsafe inflateReset(stream)
                isBetweenMembers = false
            }
            let status = unsafe inflate(stream, Z_NO_FLUSH)
            if status == Z_STREAM_END {
                isBetweenMembers = true
            } else if status != Z_OK && status != Z_BUF_ERROR {
                isAtEnd = true
                let words = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "error \(status)"
                throw .damaged(path: name, compression: .gzip, textBytes: given, reason: words)
            }
        }
        let count = Int(asked - (unsafe stream.pointee.avail_out))
        given += count
        return count
    }
}
