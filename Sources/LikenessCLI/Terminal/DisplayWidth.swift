extension String {
    /// The columns that the text takes on a terminal: 2 for East Asian wide characters and emoji, 0 for control characters, else 1
    /// for each character that a reader sees.
    var displayWidth: Int {
        reduce(0) { $0 + $1.displayWidth }
    }

    /// The text cut to `width` columns, with `…` where something was left out.
    func cut(to width: Int) -> String {
        if displayWidth <= width { return self }
        var result = ""
        var used = 1
        for character in self {
            used += character.displayWidth
            if used > width { break }
            result.append(character)
        }
        return result + "…"
    }
}

extension Character {
    fileprivate var displayWidth: Int {
        guard let first = unicodeScalars.first else { return 0 }
        if first.isASCII { return first.value < 0x20 || first.value == 0x7F ? 0 : 1 }
        if first.properties.isEmojiPresentation || Character.wide.contains(where: { $0.contains(first.value) }) {
            return 2
        }
        switch first.properties.generalCategory {
        case .control, .nonspacingMark, .enclosingMark, .format: return 0
        default: return 1
        }
    }

    /// The main East Asian wide and full-width ranges of Unicode's UAX #11.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
