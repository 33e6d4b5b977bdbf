/// Reads a file with a JSON object on each line, one borrowed record at a time; its fields are those that paths name.
///
/// A path is a key, or keys with dots between them: `track.id` is `{"track":{"id":…}}`, and also `{"track.id":…}`. Strings are
/// given without quotes and escapes, numbers and truth values as they stand, what is missing or null as an empty field. The values of a
/// list, also of keys of the objects in a list, end with ``listEnd`` each. A line that is no object is a record with a problem.
@safe package struct JSONLinesReader: ~Copyable {
    /// Ends each value of a list: a byte that UTF-8 does not have, so that a list never passes for a text.
    package static let listEnd: UInt8 = 0xFF
    /// No JSON text holds this byte, so that a line is one field.
    private static let line = Dialect(name: "jsonl", delimiter: 0x1F, quote: nil)

    private var lines: DelimitedReader
    private(set) package var paths: [String] = []
    private var parser = JSONLineParser()
    private var fields: UnsafeMutablePointer<UnsafeRawBufferPointer>

    /// Reads what a source gives.
    ///
    /// - Parameter line: the number of the first line that the source gives.
    package init(_ source: any ByteSource, line: Int = 1, recordLimit: Int = 1 << 20, readSize: Int = 1 << 20) {
        lines = DelimitedReader(
            source, dialect: JSONLinesReader.line, line: line, recordLimit: recordLimit, readSize: readSize)
        unsafe fields = .allocate(capacity: 0)
    }

    deinit { unsafe fields.deallocate() }

    /// Bytes of text before the next record.
    package var bytesRead: Int { lines.bytesRead }

    /// Asks for a path; its values are field `result` of the records to come.
    package mutating func add(_ path: String) -> Int {
        if let place = paths.firstIndex(of: path) { return place }
        paths.append(path)
        parser.add(path)
        unsafe fields.deallocate()
        unsafe fields = .allocate(capacity: paths.count)
        return paths.count - 1
    }

    /// The next record, or `nil` at the end of the file. The record is lent until the next call.
    ///
    /// - Throws: ``DelimitedTextError`` when the source cannot be read.
    /// - Complexity: O(bytes of the line).
    @_lifetime(&self)
    package mutating func next() throws(DelimitedTextError) -> DelimitedRecord? {
        guard let line = unsafe try lines.nextLine() else { return nil }
        let bytes = unsafe line.bytes
        var problem = unsafe line.problem
        var count = paths.count
        if problem == nil {
            do throws(JSONFault) {
                unsafe try parser.parse(bytes)
                unsafe parser.give(fields)
            } catch {
                problem = .notJSON(reason: error.reason, position: error.position)
            }
        }
        if problem != nil { count = 0 }
        let record = unsafe DelimitedRecord(
            fields: fields, bytes: bytes, count: count, number: line.number, line: line.line, endLine: line.line, offset: line.offset,
            isUnended: line.isUnended, problem: problem)
        return unsafe _overrideLifetime(record, mutating: &self)
    }

    /// The paths of all values of an object, in the order of the text; empty if `line` is none.
    package static func paths(in line: ArraySlice<UInt8>) -> [String] {
        var parser = JSONLineParser()
        parser.collects = true
        return unsafe line.withUnsafeBytes { bytes in
            do {
                unsafe try parser.parse(bytes)
                return parser.found
            } catch {
                return []
            }
        }
    }
}

/// Why a line is no JSON object, and at which byte.
struct JSONFault: Error, Equatable {
    let reason: String
    let position: Int
}

/// A line whose bytes are true until the reader's next call, without the lifetime that says so.
@unsafe private struct LentLine {
    let bytes: UnsafeRawBufferPointer
    let number: Int
    let line: Int
    let offset: Int
    let isUnended: Bool
    let problem: RecordProblem?
}

extension DelimitedReader {
    /// The next record for a reader that owns this one.
    fileprivate mutating func nextLine() throws(DelimitedTextError) -> LentLine? {
        guard let record = try next() else { return nil }
        return unsafe LentLine(
            bytes: record.bytes, number: record.number, line: record.line, offset: record.offset, isUnended: record.isUnended,
            problem: record.problem)
    }
}
