import Foundation

/// A terminal that a program writes to and the test reads.
final class PseudoTerminal {
    /// Where the program writes.
    let path: String
    private let reader: Int32

    init(columns: UInt16 = 80) throws {
        reader = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        #if canImport(Darwin)
            guard reader >= 0, grantpt(reader) == 0, unlockpt(reader) == 0, let name = ptsname(reader) else {
                throw PseudoTerminal.failure
            }
            path = String(cString: name)
        #else
            // What unlockpt and ptsname do, which this platform's modules do not show: TIOCSPTLCK and TIOCGPTN.
            var (isLocked, number): (Int32, Int32) = (0, 0)
            guard reader >= 0, ioctl(reader, 0x4004_5431, &isLocked) == 0, ioctl(reader, 0x8004_5430, &number) == 0 else {
                throw PseudoTerminal.failure
            }
            path = "/dev/pts/\(number)"
        #endif
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard ioctl(reader, UInt(TIOCSWINSZ), &size) == 0 else { throw PseudoTerminal.failure }
    }

    deinit { close(reader) }

    private static var failure: LikenessProcess.Unexpected {
        LikenessProcess.Unexpected("there is no pseudo-terminal: \(String(cString: strerror(errno)))")
    }

    /// What has been written since the last call, up to when it is enough or nobody has the terminal open any more.
    func read(until isEnough: (String) -> Bool = { _ in false }) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !isEnough(String(decoding: bytes, as: UTF8.self)) {
            let count = Foundation.read(reader, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
