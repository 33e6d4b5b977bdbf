import Likeness
import PlainText

/// How far a long command is, on standard error.
///
/// On a terminal one line is redrawn, at most ten times a second, and is gone when the command ends. Elsewhere nothing is written,
/// unless `isVerbose`: then there is a plain line every five seconds, for logs.
struct ProgressBar {
    private let isVerbose: Bool
    private let started = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private var isDrawn = false
    /// The narrowest and the widest bar; it gives way to the text.
    private static let barWidths = 8...24

    init(isVerbose: Bool) {
        self.isVerbose = isVerbose
    }

    /// Shows how far the work is.
    ///
    /// - Parameters:
    ///   - fraction: the share that is done, 0 to 1; nil if that is unknown.
    ///   - text: what is done just now; made only when it is shown.
    mutating func show(_ fraction: Double?, _ text: @autoclosure () -> String) {
        guard Terminal.canRedraw || isVerbose else { return }
        let now = ContinuousClock.now
        let pause: Duration = Terminal.canRedraw ? .milliseconds(100) : .seconds(5)
        // A log hears nothing of what is over within the first pause.
        if now - (lastShown ?? (Terminal.canRedraw ? now - pause : started)) < pause { return }
        lastShown = now
        if Terminal.canRedraw {
            redraw(fraction, text(), elapsed: now - started)
        } else {
            let percent = fraction.map { " \(Int($0 * 100)) %" } ?? ""
            Terminal.writeError("likeness:\(percent) \(text())\n")
        }
    }

    /// Takes the bar off the terminal.
    mutating func finish() {
        if isDrawn { Terminal.draw("\r\u{1B}[K") }
        isDrawn = false
    }

    private mutating func redraw(_ fraction: Double?, _ text: String, elapsed: Duration) {
        let columns = max(Terminal.columns - 1, 20)
        var line = text
        if let fraction {
            let share = min(max(fraction, 0), 1)
            let seconds = elapsed / .seconds(1)
            if share > 0.02 && share < 1 && seconds > 1 {
                line = "\(Readable.duration((seconds / share - seconds).rounded())) left · " + line
            }
            line = " \(Int(share * 100)) % · " + line
            let width = min(max(columns - line.displayWidth, Self.barWidths.lowerBound), Self.barWidths.upperBound)
            let filled = Int(share * Double(width))
            line = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled) + line
        }
        Terminal.draw("\r\(line.printable.cut(to: columns))\u{1B}[K")
        isDrawn = true
    }
}

extension ProgressBar {
    /// Shows how far the bytes of a pack are.
    mutating func show(_ progress: PackProgress) {
        let done =
            switch progress.phase {
            case .fetching: "fetched"
            case .sending: "sent"
            case .checking: "checked"
            case .writing: "wrote"
            }
        show(
            Double(progress.bytes) / Double(max(progress.totalBytes, 1)),
            "\(done) \(Readable.bytes(progress.bytes)) of \(Readable.bytes(progress.totalBytes))")
    }
}
