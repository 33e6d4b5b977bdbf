import DelimitedText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A record as plain values, so that readings can be compared.
struct ReadRecord: Equatable {
    var fields: [[UInt8]]
    var number: Int
    var line: Int
    var offset: Int
    var problem: RecordProblem?
    var raw: [UInt8]

    var text: [String] { fields.map { String(decoding: $0, as: UTF8.self) } }
}

/// A file of these bytes that is gone when the test is.
final class TemporaryFile {
    let path: String
    private let isOurs: Bool

    /// A file that is there already and stays.
    init(at path: String) {
        self.path = path
        isOurs = false
    }

    init(_ bytes: [UInt8] = []) {
        var template = Array("/tmp/delimited-text-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        isOurs = true
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            rest = rest.dropFirst(count)
        }
        close(descriptor)
    }

    deinit { if isOurs { _ = unsafe unlink(path) } }

    var bytes: [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY)
        defer { close(descriptor) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { return all }
            all += chunk[..<count]
        }
    }
}

func readAll(_ path: String, _ dialect: Dialect, recordLimit: Int = 1 << 20, readSize: Int = 1 << 20) throws
    -> [ReadRecord]
{
    var reader = try DelimitedReader(path: path, dialect: dialect, recordLimit: recordLimit, readSize: readSize)
    return try readAll(&reader)
}

/// Reads bytes in memory with a reader that recovers from stray quotes.
func recoverAll(_ bytes: [UInt8], _ dialect: Dialect, recordLimit: Int = 1 << 20, readSize: Int = 1 << 20) throws -> [ReadRecord] {
    var reader = DelimitedReader(
        PeekedSource(bytes), dialect: dialect, recovers: true, recordLimit: recordLimit, readSize: readSize)
    return try readAll(&reader)
}

/// The text that a source gives, or nil if it throws.
func text(of source: any ByteSource, by size: Int = 1 << 16) throws -> [UInt8] {
    var all: [UInt8] = []
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { room.deallocate() }
    while true {
        let count = try source.read(into: room)
        if count == 0 { return all }
        all += room.prefix(count)
    }
}

func readAll(_ reader: inout DelimitedReader) throws -> [ReadRecord] {
    var records: [ReadRecord] = []
    while let record = try reader.next() {
        var fields: [[UInt8]] = []
        for index in 0..<record.count {
            fields.append(unsafe record.field(index).withUnsafeBytes { unsafe Array($0) })
        }
        records.append(
            ReadRecord(
                fields: fields, number: record.number, line: record.line, offset: record.offset,
                problem: record.problem, raw: unsafe record.raw.withUnsafeBytes { unsafe Array($0) }))
    }
    return records
}

func readAll(text: String, _ dialect: Dialect, recordLimit: Int = 1 << 20, readSize: Int = 1 << 20) throws
    -> [ReadRecord]
{
    let file = TemporaryFile(Array(text.utf8))
    return try withExtendedLifetime(file) {
        try readAll(file.path, dialect, recordLimit: recordLimit, readSize: readSize)
    }
}

/// SplitMix64, so that every run draws the same.
struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
