/// The bytes that stand for letters.
package enum TextEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    /// ISO 8859-1: each byte is the character of that number.
    case latin1 = "latin-1"
    /// Latin-1 with letters and signs in place of the control characters from 0x80 to 0x9F.
    case windows1252 = "windows-1252"
    /// Little-endian unless a byte order mark, or zeros in the even places, say otherwise.
    case utf16 = "utf-16"

    /// The characters of 0x80 to 0x9F; bytes that Windows leaves open stand for the control characters of that number.
    fileprivate static let windows: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
        0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ]
}

/// Text of another encoding as UTF-8.
///
/// Halves of surrogate pairs that stand alone, and an odd byte at the end, become bytes that are not UTF-8, so that the rows that
/// hold them are rejected like any row that is no text.
@safe final class TranscodingSource: ByteSource {
    private let source: any ByteSource
    private let encoding: TextEncoding
    private let input: UnsafeMutableRawBufferPointer
    private var isBigEndian = false
    private var isFirst = true
    private var isAtEnd = false
    private var held: [UInt8] = []
    private var ready: [UInt8] = []
    private var start = 0

    init(_ source: any ByteSource, _ encoding: TextEncoding) {
        self.source = source
        self.encoding = encoding
        unsafe input = .allocate(byteCount: 1 << 16, alignment: 16)
    }

    deinit { unsafe input.deallocate() }

    var bytesTaken: Int { source.bytesTaken }

    func read(into room: UnsafeMutableRawBufferPointer) throws(DelimitedTextError) -> Int {
        while start == ready.count {
            if isAtEnd { return 0 }
            ready.removeAll(keepingCapacity: true)
            start = 0
            let count = unsafe try source.read(into: input)
            if count == 0 { isAtEnd = true }
            switch encoding {
            case .utf8: unsafe ready.append(contentsOf: input.prefix(count))
            case .latin1: for index in 0..<count { put(UInt32(unsafe input[index])) }
            case .windows1252:
                for index in 0..<count {
                    let byte = unsafe input[index]
                    put(0x80...0x9F ~= byte ? UInt32(TextEncoding.windows[Int(byte - 0x80)]) : UInt32(byte))
                }
            case .utf16: unsafe takeUTF16(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(input)[..<count]))
            }
        }
        let count = min(room.count, ready.count - start)
        for index in 0..<count { unsafe room[index] = ready[start + index] }
        start += count
        return count
    }

    /// Turns code units into UTF-8; a unit or a pair that is not whole yet is held back.
    private func takeUTF16(_ bytes: UnsafeRawBufferPointer) {
        unsafe held.append(contentsOf: bytes)
        var here = 0
        if isFirst, held.count >= 2 || isAtEnd {
            isFirst = false
            if held.starts(with: [0xFF, 0xFE]) {
                here = 2
            } else if held.starts(with: [0xFE, 0xFF]) {
                (isBigEndian, here) = (true, 2)
            } else {
                isBigEndian = held.count >= 2 && held[0] == 0 && held[1] != 0
            }
        }
        while here + 1 < held.count {
            let unit = self.unit(at: here)
            if unit & 0xFC00 == 0xD800 {
                guard here + 3 < held.count else {
                    if !isAtEnd { break }
                    putFault()
                    here += 2
                    continue
                }
                let low = self.unit(at: here + 2)
                if low & 0xFC00 == 0xDC00 {
                    put(0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF))
                    here += 4
                    continue
                }
                putFault()
            } else if unit & 0xFC00 == 0xDC00 {
                putFault()
            } else {
                put(unit)
            }
            here += 2
        }
        if isAtEnd, here < held.count {
            putFault()
            here = held.count
        }
        held.removeFirst(here)
    }

    private func unit(at place: Int) -> UInt32 {
        let (first, second) = (UInt32(held[place]), UInt32(held[place + 1]))
        return isBigEndian ? first << 8 | second : second << 8 | first
    }

    private func putFault() { ready.append(0xFF) }

    private func put(_ scalar: UInt32) {
        switch scalar {
        case 0..<0x80: ready.append(UInt8(scalar))
        case 0x80..<0x800:
            ready.append(UInt8(0xC0 | scalar >> 6))
            ready.append(UInt8(0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            ready.append(UInt8(0xE0 | scalar >> 12))
            ready.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            ready.append(UInt8(0x80 | scalar & 0x3F))
        default:
            ready.append(UInt8(0xF0 | scalar >> 18))
            ready.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            ready.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            ready.append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}
