import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ctrl-C, `kill` and a closed terminal: what they do to this process.
///
/// A library leaves signals alone; a program's `main` calls these.
package enum Interruption {
    private static let signalNumber = Atomic<Int32>(0)

    /// The signal that was noted, if one came.
    package static var caught: Int32? {
        let number = signalNumber.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// From now on SIGINT, SIGTERM and SIGHUP remove the unfinished files before they end the process. A signal that is ignored, as under
    /// `nohup`, stays so.
    package static func removeUnfinishedFiles() {
        UnfinishedFiles.prepare()
        for number in [SIGINT, SIGTERM, SIGHUP] {
            if isIgnored(signal(number, removeFilesAndEnd)) { _ = signal(number, SIG_IGN) }
        }
    }

    /// From now on the first SIGINT or SIGTERM is only noted, so that a long command can stop where nothing is lost. The second removes the
    /// unfinished files and ends the process.
    package static func watch() {
        UnfinishedFiles.prepare()
        _ = caught
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { number in
                Interruption.signalNumber.store(number, ordering: .relaxed)
                _ = signal(number, removeFilesAndEnd)
            }
        }
    }

    /// Forgets a signal that was noted, and waits for none any more: the command that it stopped is over.
    package static func forget() {
        signalNumber.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] { _ = signal(number, SIG_DFL) }
    }

    /// From now on a file that reaches the process's limit is an error of the write, as on a full disk, and does not end the process.
    package static func ignoreFileSizeLimit() {
        _ = signal(SIGXFSZ, SIG_IGN)
    }

    private static func isIgnored(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
        unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

/// The handler: only calls that are safe in one.
private func removeFilesAndEnd(_ number: Int32) {
    UnfinishedFiles.removeAll()
    _ = signal(number, SIG_DFL)
    _ = raise(number)
}
