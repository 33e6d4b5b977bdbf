import Platform

extension DelimitedReader {
    /// What one look at the bytes in hand gave.
    enum Scan {
        /// The record's text ends at `stop`, the next begins at `next`, and `lines` physical lines lie between.
        case complete(stop: Int, next: Int, lines: Int, unterminated: Bool)
        /// A quoted field spans lines and does not end properly.
        case strayQuote
        /// A backslash escapes a quote, which was not known before: look again.
        case findsEscapes
        /// The buffer ends before the record does.
        case needsMore
    }

    /// Cuts the record at `position` into fields.
    mutating func scanRecord() -> Scan {
        let base = unsafe UnsafeRawPointer(buffer)
        let end = end
        let delimiter = dialect.delimiter
        // No byte equals 256, so that a dialect without quotes needs no second path.
        let quote = dialect.quote.map(UInt16.init) ?? 256
        let search = LineSearch(delimiter: delimiter)
        let delimiterLength = dialect.isDelimiterDoubled ? 2 : 1
        var here = position
        var extraLines = 0
        fieldCount = 0
        if !quotedFields.isEmpty { quotedFields.removeAll(keepingCapacity: true) }
        while true {
            var stop: Int
            if here < end, UInt16(unsafe base.load(fromByteOffset: here, as: UInt8.self)) == quote {
                var scan = here + 1
                var doubled = false
                while true {
                    guard let found = unsafe MemorySearch.first(UInt8(truncatingIfNeeded: quote), in: base + scan, byteCount: end - scan)
                    else {
                        if !atEndOfFile { return .needsMore }
                        if recovers { return .strayQuote }
                        append(from: here + 1, to: end, quoted: doubled)
                        return .complete(stop: end, next: end, lines: extraLines, unterminated: true)
                    }
                    scan += found + 1
                    if scan == end {
                        if !atEndOfFile { return .needsMore }
                        break
                    }
                    if dialect.escapes != .never, isEscaped(scan - 1, from: here + 1) {
                        if findsEscapes {
                            doubled = true
                            continue
                        }
                        // A backslash may end a field as well, so that only a quote before other text tells.
                        let byte = unsafe base.load(fromByteOffset: scan, as: UInt8.self)
                        // Whether there is one must not depend on how much was read ahead.
                        if scan - position <= recordLimit, byte != delimiter, UInt16(byte) != quote, byte != Byte.lineFeed,
                            byte != Byte.carriageReturn
                        {
                            return .findsEscapes
                        }
                    }
                    if UInt16(unsafe base.load(fromByteOffset: scan, as: UInt8.self)) != quote { break }
                    doubled = true
                    scan += 1
                }
                if findsEscapes, unsafe MemorySearch.first(Byte.backslash, in: base + here, byteCount: scan - here) != nil {
                    doubled = true
                }
                let lines = unsafe lineEnds(in: UnsafeRawBufferPointer(start: base + here, count: scan - here))
                extraLines += lines
                stop = unsafe fieldEnd(search, in: base, from: scan)
                if stop != scan, lines > 0, recovers {
                    if stop >= end, !atEndOfFile { return .needsMore }
                    return .strayQuote
                }
                let isPlain = stop == scan && !doubled
                append(from: here + 1, to: isPlain ? stop - 1 : stop, quoted: !isPlain)
            } else {
                stop = unsafe fieldEnd(search, in: base, from: here)
                append(from: here, to: stop, quoted: false)
            }
            if stop >= end {
                if !atEndOfFile { return .needsMore }
                return .complete(stop: end, next: end, lines: extraLines, unterminated: false)
            }
            let byte = unsafe base.load(fromByteOffset: stop, as: UInt8.self)
            if byte == delimiter {
                here = stop + delimiterLength
                continue
            }
            lineFeedMayFollow = byte == Byte.carriageReturn
            return .complete(stop: stop, next: stop + 1, lines: extraLines + 1, unterminated: false)
        }
    }

    /// The next delimiter, LF or CR, or the end of what is in hand.
    @inline(__always)
    private func fieldEnd(_ search: LineSearch, in base: UnsafeRawPointer, from: Int) -> Int {
        var at = unsafe search.first(in: base, from: from, to: end)
        if !dialect.isDelimiterDoubled { return at }
        while at < end, unsafe base.load(fromByteOffset: at, as: UInt8.self) == dialect.delimiter {
            if at + 1 == end { return end }
            if unsafe base.load(fromByteOffset: at + 1, as: UInt8.self) == dialect.delimiter { return at }
            at = unsafe search.first(in: base, from: at + 1, to: end)
        }
        return at
    }

    /// Whether an odd number of backslashes stands before the quote at `place` of a field whose text starts at `start`.
    @inline(__always)
    private func isEscaped(_ place: Int, from start: Int) -> Bool {
        var here = place
        while here > start, unsafe buffer.load(fromByteOffset: here - 1, as: UInt8.self) == Byte.backslash { here -= 1 }
        return (place - here) & 1 == 1
    }

    @inline(__always)
    private mutating func append(from start: Int, to stop: Int, quoted: Bool) {
        if fieldCount == fieldCapacity { growFields() }
        unsafe (fields + fieldCount).initialize(
            to: UnsafeRawBufferPointer(start: UnsafeRawPointer(buffer) + start, count: stop - start))
        if quoted { quotedFields.append(fieldCount) }
        fieldCount += 1
    }

    private mutating func growFields() {
        let larger = UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: 2 * fieldCapacity)
        unsafe larger.moveInitialize(from: fields, count: fieldCount)
        unsafe fields.deallocate()
        unsafe fields = larger
        fieldCapacity *= 2
    }

    /// Takes the quotes out of the fields that hold some. A field's unquoted text is never longer than its quoted one,
    /// so `room` bytes, the record's length, are enough for all of them.
    mutating func unquote(room: Int) {
        guard let quote = dialect.quote else { return }
        if scratchCapacity < room {
            unsafe scratch.deallocate()
            scratchCapacity = max(room, 2 * scratchCapacity)
            unsafe scratch = .allocate(byteCount: scratchCapacity, alignment: 16)
        }
        var free = unsafe scratch.assumingMemoryBound(to: UInt8.self)
        for index in quotedFields {
            let field = unsafe fields[index]
            let first = unsafe free
            var isOpen = true
            var here = 0
            while here < field.count {
                let byte = unsafe field[here]
                here += 1
                if isOpen, findsEscapes, byte == Byte.backslash, here < field.count,
                    unsafe field[here] == quote || field[here] == Byte.backslash
                {
                    unsafe free.pointee = field[here]
                    unsafe free += 1
                    here += 1
                    continue
                }
                if isOpen, byte == quote {
                    guard here < field.count, unsafe field[here] == quote else {
                        isOpen = false
                        continue
                    }
                    here += 1
                }
                unsafe free.pointee = byte
                unsafe free += 1
            }
            unsafe fields[index] = UnsafeRawBufferPointer(start: first, count: free - first)
        }
    }

    /// How many lines end in a quoted field: LF, CRLF and a lone CR end one each.
    private func lineEnds(in bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        var previous: UInt8 = 0
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            if byte == Byte.carriageReturn || (byte == Byte.lineFeed && previous != Byte.carriageReturn) { count += 1 }
            previous = byte
        }
        return count
    }
}

/// Finds the next delimiter, LF or CR, eight bytes at a time.
///
/// For one byte value b, x = word ^ (b in every byte), (x − 0x01…) & ~x & 0x80… marks the bytes of the word that
/// equal b; marks above the lowest may be false (borrows), the lowest never is, and only the lowest is used.
struct LineSearch {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080
    private let delimiter: UInt64

    @inline(__always)
    init(delimiter: UInt8) { self.delimiter = UInt64(delimiter) &* Self.ones }

    /// The first delimiter, LF or CR in `from ..< to`, or `to`. Up to 7 bytes after `to` are read and ignored.
    @inline(__always)
    func first(in base: UnsafeRawPointer, from: Int, to end: Int) -> Int {
        var here = from
        while here < end {
            let word = UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: here, as: UInt64.self))
            let d = word ^ delimiter
            let l = word ^ (UInt64(Byte.lineFeed) &* Self.ones)
            let c = word ^ (UInt64(Byte.carriageReturn) &* Self.ones)
            let marks = (((d &- Self.ones) & ~d) | ((l &- Self.ones) & ~l) | ((c &- Self.ones) & ~c)) & Self.tops
            if marks != 0 { return min(here + marks.trailingZeroBitCount >> 3, end) }
            here += 8
        }
        return end
    }
}
