import DelimitedText
import Testing

@Suite struct TextFaultTests {
    private func fault(_ bytes: [UInt8]) -> TextFault? { unsafe TextFault.first(in: bytes.span.bytes) }

    @Test func `text without faults passes`() {
        for text in ["", "plain", "a longer line of plain ASCII text", "é€😀 mixed ½ длинный текст 日本語", "\u{7F}\u{1}"] {
            #expect(fault(Array(text.utf8)) == nil)
        }
    }

    @Test func `a NUL byte is found wherever it stands`() {
        for length in 1...20 {
            for position in 0..<length {
                var bytes = [UInt8](repeating: 97, count: length)
                bytes[position] = 0
                #expect(fault(bytes) == .nul(position: position))
            }
        }
    }

    @Test func `every sequence of up to four bytes is judged as the standard library judges it`() {
        var generator = Generator(state: 3)
        let edges: [UInt8] = [
            0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0,
            0xF1, 0xF3, 0xF4, 0xF5, 0xFF, 0x61,
        ]
        for _ in 0..<60_000 {
            let bytes = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                edges.randomElement(using: &generator) ?? 0
            }
            #expect((fault(bytes) == nil) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }
}
