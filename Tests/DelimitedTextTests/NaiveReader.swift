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

/// The oracle of a reader that recovers: what a record is, is looked up from its start each time.
func naiveRecover(_ bytes: [UInt8], _ dialect: Dialect, recordLimit: Int = .max) -> [ReadRecord] {
    enum Outcome {
        case record(fields: [[UInt8]], stop: Int)
        case stray
        case escape
    }
    func isLineEnd(_ at: Int) -> Bool { bytes[at] == 10 || bytes[at] == 13 }
    func delimiterLength(_ at: Int) -> Int {
        guard bytes[at] == dialect.delimiter else { return 0 }
        if !dialect.isDelimiterDoubled { return 1 }
        return at + 1 < bytes.count && bytes[at + 1] == dialect.delimiter ? 2 : 0
    }
    func look(_ start: Int, escapes: Bool) -> Outcome {
        var fields: [[UInt8]] = []
        var here = start
        while true {
            var field: [UInt8] = []
            if here < bytes.count, bytes[here] == dialect.quote {
                let first = here + 1
                here += 1
                var lines = false
                while true {
                    if here == bytes.count { return .stray }
                    let byte = bytes[here]
                    if dialect.escapes == .whereFound, byte == dialect.quote,
                        bytes[first..<here].reversed().prefix(while: { $0 == 92 }).count % 2 == 1, !escapes,
                        here + 1 < bytes.count, bytes[here + 1] != dialect.quote, !isLineEnd(here + 1),
                        bytes[here + 1] != dialect.delimiter, here + 1 - start <= recordLimit
                    {
                        return .escape
                    }
                    if escapes, byte == 92, here + 1 < bytes.count, bytes[here + 1] == 92 || bytes[here + 1] == dialect.quote {
                        // At the very end of the text a quote closes, escaped or not.
                        if !(bytes[here + 1] == dialect.quote && here + 2 == bytes.count) {
                            field.append(bytes[here + 1])
                            here += 2
                            continue
                        }
                        here += 2
                        field.append(dialect.quote ?? 0)
                        break
                    }
                    if byte == dialect.quote {
                        here += 1
                        if here < bytes.count, bytes[here] == dialect.quote {
                            field.append(byte)
                            here += 1
                            continue
                        }
                        break
                    }
                    if isLineEnd(here) { lines = true }
                    field.append(byte)
                    here += 1
                }
                let closed = here
                while here < bytes.count, !isLineEnd(here), delimiterLength(here) == 0 {
                    field.append(bytes[here])
                    here += 1
                }
                if lines, here > closed { return .stray }
            } else {
                while here < bytes.count, !isLineEnd(here), delimiterLength(here) == 0 {
                    field.append(bytes[here])
                    here += 1
                }
            }
            fields.append(field)
            if here == bytes.count || isLineEnd(here) { return .record(fields: fields, stop: here) }
            here += delimiterLength(here)
        }
    }
    var records: [ReadRecord] = []
    var here = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var line = 1
    var escapes = false
    func passLineEnd() {
        here += bytes[here] == 13 && here + 1 < bytes.count && bytes[here + 1] == 10 ? 2 : 1
        line += 1
    }
    while here < bytes.count {
        if isLineEnd(here) {
            passLineEnd()
            continue
        }
        let start = here
        let firstLineEnd = (start..<bytes.count).first(where: isLineEnd) ?? bytes.count
        var outcome = look(start, escapes: escapes)
        if case .escape = outcome {
            escapes = true
            outcome = look(start, escapes: true)
        }
        var record = ReadRecord(
            fields: [], number: records.count + 1, line: line, offset: start, problem: .strayQuote,
            raw: Array(bytes[start..<firstLineEnd]))
        if firstLineEnd - start > recordLimit {
            record.problem = .tooLong(limit: recordLimit)
            record.raw = []
            here = firstLineEnd
        } else if case .record(let fields, let stop) = outcome, stop - start <= recordLimit {
            record.problem = nil
            record.fields = fields
            record.raw = Array(bytes[start..<stop])
            var at = start
            while at < stop {
                if bytes[at] == 13 || bytes[at] == 10 && bytes[at - 1] != 13 { line += 1 }
                at += 1
            }
            here = stop
        } else {
            here = firstLineEnd
        }
        records.append(record)
        if here < bytes.count { passLineEnd() }
    }
    return records
}
