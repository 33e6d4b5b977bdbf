import Foundation

/// What a disk may hold after the power went, from what `fault.c` recorded of a program's calls.
///
/// POSIX promises little. Bytes of a file are there for certain after `fsync` or `fdatasync` of it, or if it was open with O_DSYNC. A name is
/// there for certain after `fsync` of its folder. Everything later may be there or not, each change by itself, and a write also in part.
struct PowerCut {
    /// One call.
    private enum Change {
        case create(String, inode: UInt64)
        case makeFolder(String)
        case link(from: String, to: String)
        case rename(from: String, to: String)
        case unlink(String)
        case write(UInt64, offset: Int, [UInt8], isDurable: Bool)
        case resize(UInt64, to: Int)
        case sync(UInt64)
        case syncFolder(String)
    }

    private let changes: [Change]
    private let durableAt: [Int]

    /// Calls that were recorded.
    var count: Int { changes.count }

    /// - Parameter log: the file FAULT_LOG.
    init(log: Data) throws {
        let bytes = [UInt8](log)
        var changes: [Change] = []
        var place = 0
        func number(_ offset: Int, _ size: Int) -> UInt64 {
            (0..<size).reversed().reduce(0) { $0 << 8 | UInt64(bytes[place + offset + $1]) }
        }
        while place + 32 <= bytes.count {
            let (first, second) = (Int(number(24, 4)), Int(number(28, 4)))
            let (inode, offset) = (number(8, 8), Int(number(16, 8)))
            let content = bytes[place + 32..<place + 32 + first]
            let text = String(decoding: content, as: UTF8.self)
            let other = String(decoding: bytes[place + 32 + first..<place + 32 + first + second], as: UTF8.self)
            switch UnicodeScalar(UInt8(number(0, 4))) {
            case "C": changes.append(.create(text, inode: inode))
            case "M": changes.append(.makeFolder(text))
            case "L": changes.append(.link(from: text, to: other))
            case "R": changes.append(.rename(from: text, to: other))
            case "U": changes.append(.unlink(text))
            case "W": changes.append(.write(inode, offset: offset, Array(content), isDurable: number(4, 4) != 0))
            case "T": changes.append(.resize(inode, to: offset))
            case "S": changes.append(.sync(inode))
            case "D": changes.append(.syncFolder(text))
            case let kind: throw LikenessProcess.Unexpected("a record of kind \(kind)")
            }
            place += 32 + first + second
        }
        self.changes = changes
        durableAt = PowerCut.durability(of: changes)
    }

    /// How much of a change that nothing made durable is there.
    enum Survival: CaseIterable {
        case nothing, half, everything
    }

    /// The files of a disk on which the power went after so many calls.
    ///
    /// - Parameter survival: what becomes of a change that is not certain to be there.
    func disk(after count: Int, _ survival: () -> Survival) -> (folders: Set<String>, files: [String: [UInt8]]) {
        // The names as the program saw them, and as the disk has them.
        var seen: [String: UInt64] = [:]
        var names: [String: UInt64] = [:]
        var contents: [UInt64: [UInt8]] = [:]
        var folders: Set<String> = []
        for (place, change) in changes.prefix(count).enumerated() {
            let survives = durableAt[place] <= count ? .everything : survival()
            switch change {
            case .create(let path, let inode):
                seen[path] = inode
                if survives != .nothing { names[path] = inode }
            case .makeFolder(let path):
                if survives != .nothing { folders.insert(path) }
            case .link(let from, let to):
                seen[to] = seen[from]
                if survives != .nothing { names[to] = seen[from] }
            case .rename(let from, let to):
                let inode = seen.removeValue(forKey: from)
                seen[to] = inode
                if survives != .nothing {
                    names[from] = nil
                    names[to] = inode
                }
            case .unlink(let path):
                seen[path] = nil
                if survives != .nothing { names[path] = nil }
            case .write(let inode, let offset, let bytes, _):
                // A disk writes whole sectors.
                let kept = survives == .everything ? bytes.count : survives == .half ? bytes.count / 2 / 512 * 512 : 0
                if kept == 0 { continue }
                var content = contents[inode] ?? []
                if content.count < offset + kept { content += [UInt8](repeating: 0, count: offset + kept - content.count) }
                content.replaceSubrange(offset..<offset + kept, with: bytes.prefix(kept))
                contents[inode] = content
            case .resize(let inode, let length):
                if survives == .nothing { continue }
                let content = contents[inode] ?? []
                contents[inode] = Array(content.prefix(length)) + [UInt8](repeating: 0, count: max(0, length - content.count))
            case .sync, .syncFolder: break
            }
        }
        return (folders, names.mapValues { contents[$0] ?? [] })
    }

    /// For each change the number of calls after which it is certain to be there; `Int.max` for never.
    private static func durability(of changes: [Change]) -> [Int] {
        func parent(_ path: String) -> String { (path as NSString).deletingLastPathComponent }
        var synced: [UInt64: Int] = [:]
        var listed: [String: Int] = [:]
        var result = [Int](repeating: 0, count: changes.count)
        for (place, change) in changes.enumerated().reversed() {
            switch change {
            case .sync(let inode): synced[inode] = place + 1
            case .syncFolder(let path): listed[path] = place + 1
            case .write(_, _, _, isDurable: true): result[place] = place + 1
            case .write(let inode, _, _, isDurable: false), .resize(let inode, _): result[place] = synced[inode] ?? .max
            case .create(let path, _), .makeFolder(let path), .unlink(let path), .link(_, let path), .rename(_, let path):
                result[place] = listed[parent(path)] ?? .max
            }
        }
        return result
    }
}
