extension DelimitedReader {
    /// Reads more bytes behind those in hand, first moving these to the front; sets `atEndOfFile` when there are none.
    ///
    /// The buffer grows only for a record that fills it, so never beyond the record limit and one read.
    mutating func fill() throws(DelimitedTextError) {
        let kept = end - position
        if position > 0 {
            unsafe buffer.copyMemory(from: buffer + position, byteCount: kept)
            bufferOffset += position
            position = 0
            end = kept
        }
        if capacity - end < readSize, end > capacity / 2 {
            let larger = UnsafeMutableRawPointer.allocate(byteCount: 2 * capacity + 8, alignment: 64)
            unsafe larger.copyMemory(from: buffer, byteCount: end)
            unsafe buffer.deallocate()
            unsafe buffer = larger
            capacity *= 2
        }
        let count = unsafe try source.read(
            into: UnsafeMutableRawBufferPointer(start: buffer + end, count: min(readSize, capacity - end)))
        end += count
        if count == 0 { atEndOfFile = true }
    }

    /// Where the reader stands in a record whose bytes it does not keep.
    private enum SkipState { case fieldStart, plain, quoted, quoteInQuoted }

    /// Drops the record at `position`, however long it is; true when the file ended inside a quoted field.
    mutating func skipRecord() throws(DelimitedTextError) -> Bool {
        // A reader that recovers takes the line alone, whatever quotes it holds.
        let quote = recovers ? nil : dialect.quote
        // A doubled delimiter needs no look: it only matters where a quote may follow, and no such dialect has quotes.
        let delimiter = dialect.delimiter
        var state = SkipState.fieldStart
        var previous: UInt8 = 0
        while true {
            while position < end {
                let byte = unsafe buffer.load(fromByteOffset: position, as: UInt8.self)
                position += 1
                if state == .quoted {
                    if byte == quote {
                        state = .quoteInQuoted
                    } else if byte == Byte.carriageReturn || (byte == Byte.lineFeed && previous != Byte.carriageReturn) {
                        line += 1
                    }
                    previous = byte
                    continue
                }
                if byte == quote, state != .plain {
                    previous = byte
                    state = .quoted
                } else if byte == delimiter {
                    state = .fieldStart
                } else if byte == Byte.lineFeed || byte == Byte.carriageReturn {
                    line += 1
                    lineFeedMayFollow = byte == Byte.carriageReturn
                    return false
                } else {
                    state = .plain
                }
            }
            if atEndOfFile { return state == .quoted }
            try fill()
        }
    }
}
