import PlainText
import Testing

@Suite struct PlainTextTests {
    @Test func `lines stay lines, and what steers a terminal between them is shown`() {
        #expect("a\u{1B}[2J\nb\t\u{202E}c\n".printableLines == "a\\u{1B}[2J\nb\\t\\u{202E}c\n")
        #expect("plain\nlines".printableLines == "plain\nlines")
        #expect("a\r\nb".printableLines == "a\\r\\nb")
        #expect("".printableLines == "")
    }

    @Test func `texts that look the same are told apart by their numbers`() {
        #expect("caf\u{E9}".spelledOut == "caf\\u{E9}")
        #expect("cafe\u{301}".spelledOut == "cafe\\u{301}")
        #expect("plain".spelledOut == "plain" && "a\nb".spelledOut == "a\\nb")
    }

    @Test func `labels are in lower case and composed, whatever their form was`() {
        for text in ["CAFÉ", "cafe\u{301}", "Cafe\u{301}", "caf\u{E9}"] {
            #expect(Array(text.labelForm.utf8) == Array("caf\u{E9}".utf8), "\(text.spelledOut)")
        }
        // Letters without a composed form stay as they are, and so does what is composed by canonical order alone.
        #expect(Array("x\u{301}".labelForm.utf8) == Array("x\u{301}".utf8))
        #expect(Array("ﬁ".labelForm.utf8) == Array("ﬁ".utf8))
        #expect(Array("한글".decomposed.labelForm.utf8) == Array("한글".utf8))
        #expect("Low Poly".labelForm == "low poly" && "".labelForm == "")
    }

    @Test func `composing and decomposing undo each other`() {
        for text in ["é", "ǖ", "한", "Å", "Việt Nam", "plain"] {
            #expect(Array(text.decomposed.composed.utf8) == Array(text.composed.utf8))
            #expect(text.composed == text.decomposed)
        }
        #expect(Array("é".composed.decomposed.utf8) == [0x65, 0xCC, 0x81])
    }
}
