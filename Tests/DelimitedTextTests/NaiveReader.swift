import DelimitedText

/// The oracle: a state machine over single bytes, written without a thought for speed.
func naiveRead(_ bytes: [UInt8], _ dialect: Dialect, recordLimit: Int = .max) -> [ReadRecord] {
    enum State { case fieldStart, plain, quoted, quoteInQuoted }
    let lf: UInt8 = 10
    let cr: UInt8 = 13
    var records: [ReadRecord] = []
    var here = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var line = 1
    while here < bytes.count {
        let isCRLF = { (at: Int) in bytes[at] == cr && at + 1 < bytes.count && bytes[at + 1] == lf }
        if bytes[here] == lf || bytes[here] == cr {
            here += isCRLF(here) ? 2 : 1
            line += 1
            continue
        }
        let start = here
        let startLine = line
        var fields: [[UInt8]] = [[]]
        var state = State.fieldStart
        var stop = bytes.count
        while here < bytes.count {
            let byte = bytes[here]
            if state == .quoted {
                if byte == dialect.quote {
                    state = .quoteInQuoted
                } else {
                    fields[fields.count - 1].append(byte)
                    if byte == cr || (byte == lf && bytes[here - 1] != cr) { line += 1 }
                }
            } else if state == .quoteInQuoted, byte == dialect.quote {
                fields[fields.count - 1].append(byte)
                state = .quoted
            } else if state == .fieldStart, byte == dialect.quote {
                state = .quoted
            } else if byte == dialect.delimiter {
                fields.append([])
                state = .fieldStart
            } else if byte == lf || byte == cr {
                stop = here
                here += isCRLF(here) ? 2 : 1
                line += 1
                break
            } else {
                fields[fields.count - 1].append(byte)
                state = .plain
            }
            here += 1
        }
        let isOpen = state == .quoted
        let isLong = stop - start > recordLimit
        records.append(
            ReadRecord(
                fields: isLong ? [] : fields, number: records.count + 1, line: startLine, offset: start,
                problem: isOpen ? .unterminatedQuote : isLong ? .tooLong(limit: recordLimit) : nil,
                raw: isLong ? [] : Array(bytes[start..<stop])))
    }
    return records
}
