import CZlib
import DelimitedText
import Foundation
import PlainText
import Testing

/// Runs a program on bytes, such as gzip, and gives its output.
func filter(_ arguments: [String], _ bytes: [UInt8]) throws -> [UInt8] {
    let file = TemporaryFile(bytes)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: file.path))
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(data)
}

/// The gzip form of bytes, as zlib makes it.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
    var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 1_000))
    let count = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            deflate(&stream, Z_FINISH)
            deflateEnd(&stream)
            return output.count - Int(stream.avail_out)
        }
    }
    return Array(output[..<count])
}

@Suite struct TextFileTests {
    private let rows: [UInt8] = Array("uid,mid\n".utf8) + (0..<30_000).flatMap { Array("user\($0 % 977),item\($0 % 5_003)\n".utf8) }

    private func open(_ bytes: [UInt8], encoding: TextEncoding? = nil, hasHeader: Bool = true) throws -> TextFile {
        try TextFile(PeekedSource(bytes), name: "likes", encoding: encoding, hasHeader: hasHeader)
    }

    @Test func `gzip, also in several members with padding, reads as its text`() throws {
        let half = rows.count / 2
        for packed in [gzipped(rows), gzipped(Array(rows[..<half])) + gzipped(Array(rows[half...])) + [0, 0, 0, 0]] {
            let file = try open(packed)
            #expect(file.compression == .gzip)
            #expect(try text(of: file.source, by: 1_000) == rows)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zstd"), "there is no zstd command"))
    func `zstd, also in several frames, reads as its text`() throws {
        let half = rows.count / 2
        let frames = try [filter(["zstd", "-c"], Array(rows[..<half])), filter(["zstd", "-c", "-19"], Array(rows[half...]))]
        for packed in [try filter(["zstd", "-c"], rows), frames[0] + frames[1]] {
            let file = try open(packed)
            #expect(file.compression == .zstd)
            #expect(try text(of: file.source, by: 777) == rows)
            for cut in [packed.count - 1, packed.count / 2, 40] {
                #expect(throws: DelimitedTextError.self) { try text(of: try open(Array(packed[..<cut])).source) }
            }
        }
    }

    @Test func `a packed file that is cut off or damaged says so after the text that it gave`() throws {
        let packed = gzipped(rows)
        for cut in [packed.count - 1, packed.count - 9, packed.count / 2] {
            do {
                _ = try text(of: try open(Array(packed[..<cut])).source)
                Issue.record("\(cut) bytes of \(packed.count) were taken for the whole")
            } catch let error as DelimitedTextError {
                guard case .cutOff(_, .gzip, let bytes) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(bytes > 0 && error.description.contains("cut off"))
            }
        }
        var damaged = packed
        damaged[packed.count - 6] ^= 0x10
        #expect(throws: DelimitedTextError.self) { try text(of: try open(damaged).source) }
    }

    @Test func `other packings are named with the pipe that unpacks them`() throws {
        for (bytes, words) in [
            (Array("BZh91AY&SY…".utf8), "bzcat"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 1, 2], "xzcat"),
            ([0x50, 0x4B, 3, 4, 9, 9], "unzip -p"), (Array("PAR1xxxx".utf8), "duckdb"), (Array("SQLite format 3\u{0}".utf8), "sqlite3"),
        ] {
            do {
                _ = try open(bytes)
                Issue.record("\(words)")
            } catch {
                #expect("\(error)".contains(words), "\(error)")
            }
        }
        #expect(throws: DelimitedTextError.binary(path: "likes")) { try open([0x7F, 0x45, 0x4C, 0x46, 0, 1, 2, 10]) }
    }

    @Test func `UTF-16 with a byte order mark reads as its text, in either order`() throws {
        let letters = "uid,mid\nü€😀,x\n"
        for order in [String.Encoding.utf16LittleEndian, .utf16BigEndian] {
            let body = Array(try #require(("\u{FEFF}" + letters).data(using: order)))
            let file = try open(body)
            #expect(file.encoding == .utf16)
            for size in [1, 3, 100] { #expect(try text(of: try open(body).source, by: size) == Array(letters.utf8)) }
            #expect(try text(of: try open(Array(body.dropFirst(2)), encoding: .utf16).source) == Array(letters.utf8))
        }
        // Half of a pair, and half of a unit, are no text.
        #expect(try text(of: try open([0xFF, 0xFE, 0x61, 0, 0x3D, 0xD8, 0x62, 0, 0x63]).source) == [0x61, 0xFF, 0x62, 0xFF])
    }

    @Test func `latin-1 and windows-1252 read as their letters`() throws {
        #expect(try text(of: try open([0x4D, 0xFC, 0x6C, 0x0A], encoding: .latin1).source) == Array("Mül\n".utf8))
        #expect(try text(of: try open([0x80, 0x99, 0x81, 0xFF], encoding: .windows1252).source) == Array("€™\u{81}ÿ".utf8))
        for byte in UInt8(0xA0)...0xFF {
            #expect(try text(of: try open([byte], encoding: .windows1252).source) == Array(String(Unicode.Scalar(byte)).utf8))
        }
    }

    @Test func `what stands before the header is passed over and counted`() throws {
        let file = try open(Array("sep=;\r\n# made on Monday\n\nuid;mid\nu;i\n".utf8))
        #expect(file.preambleLines == 3 && file.declaredDelimiter == UInt8(ascii: ";"))
        #expect(file.firstLine.elementsEqual("uid;mid".utf8))
        #expect(try open(Array("#tag,mid\nx,y\n".utf8), hasHeader: false).preambleLines == 0)
        #expect(try open(Array("# note\n#tag,mid\n".utf8), hasHeader: false).preambleLines == 1)
    }

    @Test func `a file that unpacks to very much is read in little memory`() throws {
        // 64 MB of zeros in 64 kB: what is held is what one read asks for.
        let packed = gzipped(Array("a,b\n".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 64_000_000))
        #expect(packed.count < 100_000)
        let source = try open(packed).source
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { room.deallocate() }
        var total = 0
        while case let count = try source.read(into: room), count > 0 { total += count }
        #expect(total == 64_000_004 && source.ahead.isEmpty)
    }

    @Test func `mutated packed and transcoded files end in text or in an error, never otherwise`() throws {
        let small = Array("uid,mid\nu1,i1\nu2,i2\nü,😀\n".utf8)
        let packed = gzipped(small)
        let zstd = (try? filter(["zstd", "-c"], small)) ?? []
        let wide = Array("\u{FEFF}uid,mid\nü,😀\n".data(using: .utf16LittleEndian) ?? Data())
        fuzz("packed files", seed: 9) { generator in
            let bytes = generator.mutate([packed, zstd, wide].randomElement(using: &generator) ?? [], with: [0, 0xFF, 0xFE, 0xD8, 0x1F])
            guard let file = try? open(bytes) else { return }
            _ = try? text(of: file.source, by: 64)
        }
    }

    @Test func `what steers a terminal is shown, what is seen stays`() {
        #expect("a\u{1B}[31mb\r\n\t\u{202E}x\u{FEFF}".printable == #"a\u{1B}[31mb\r\n\t\u{202E}x\u{FEFF}"#)
        #expect("日本 é 👨‍👩‍👧 x".printable == "日本 é 👨‍👩‍👧 x")
        #expect("abcdef".printable(atMost: 3) == "abc…" && "abc".printable(atMost: 3) == "abc")
    }
}
