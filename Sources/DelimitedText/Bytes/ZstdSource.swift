private import CZstd

/// The text of a zstd file: one frame after the other, with their checksums compared.
@safe final class ZstdSource: ByteSource {
    private let packed: any ByteSource
    private let name: String
    private let stream: OpaquePointer
    private let input: UnsafeMutableRawBufferPointer
    private var available = 0
    private var position = 0
    private var isAtEnd = false
    private var isBetweenFrames = true
    private var given = 0

    init(_ packed: any ByteSource, name: String) throws(DelimitedTextError) {
        self.packed = packed
        self.name = name
        guard let stream = unsafe ZSTD_createDStream() else {
            throw .cannotOpen(path: name, reason: "libzstd has no memory")
        }
        unsafe self.stream = stream
        unsafe input = .allocate(byteCount: 1 << 18, alignment: 16)
    }

    deinit {
        _ = unsafe ZSTD_freeDStream(stream)
        unsafe input.deallocate()
    }

    var bytesTaken: Int { packed.bytesTaken }

    func read(into room: UnsafeMutableRawBufferPointer) throws(DelimitedTextError) -> Int {
        if isAtEnd { return 0 }
        var output = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
        while unsafe output.pos == 0 {
            if position == available {
                available = unsafe try packed.read(into: input)
                position = 0
                // What the decompressor holds back is flushed before the file counts as cut off.
                if available == 0, isBetweenFrames {
                    isAtEnd = true
                    return 0
                }
            }
            let isLastCall = available == 0
            var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: available, pos: position)
            let status = unsafe ZSTD_decompressStream(stream, &output, &source)
            unsafe position = source.pos
            if ZSTD_isError(status) != 0 {
                isAtEnd = true
                throw .damaged(
                    path: name, compression: .zstd, textBytes: given, reason: unsafe String(cString: ZSTD_getErrorName(status)))
            }
            isBetweenFrames = status == 0
            if isLastCall, unsafe output.pos == 0, !isBetweenFrames {
                isAtEnd = true
                throw .cutOff(path: name, compression: .zstd, textBytes: given)
            }
        }
        given += unsafe output.pos
        return unsafe output.pos
    }
}
