import LikenessFormat
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How much memory this process may still take: the least that the machine, its control groups and its own limit on address space
/// leave. What a system does not say does not limit.
package struct MemoryLimits {
    /// Where `proc` and `sys` are.
    package var root: String
    /// Bytes of address space that the process may have; nil for any number.
    package var addressSpace: Int?

    /// The limits of this process, or those that another `proc` and `sys` and another address space would set.
    package init(root: String = "/", addressSpace: Int? = SystemMemory.addressSpaceLimit) {
        self.root = root
        self.addressSpace = addressSpace
    }

    /// Bytes that can be taken without swapping; nil where nothing says.
    package var available: Int? {
        [machine, group, addressSpace.flatMap { limit in virtualSize.map { max(0, limit - $0) } }].compactMap(\.self).min()
    }

    /// What the whole machine has left.
    private var machine: Int? {
        value(of: "MemAvailable:", in: "proc/meminfo").map { $0 << 10 }
    }

    /// What the process's control groups leave it, the narrowest of them and those above it. Pages of files that were read count as free,
    /// since the kernel takes those back first.
    private var group: Int? {
        var least: Int?
        for line in lines(of: "proc/self/cgroup") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isUnified = fields[1].isEmpty
            guard isUnified || fields[1].split(separator: ",").contains("memory") else { continue }
            let base = "sys/fs/cgroup/" + (isUnified ? "" : "memory/")
            var parts = fields[2].split(separator: "/")
            while true {
                let folder = base + parts.map { $0 + "/" }.joined()
                if let left = left(in: folder, isUnified: isUnified) { least = min(least ?? left, left) }
                if parts.popLast() == nil { break }
            }
        }
        return least
    }

    private func left(in folder: String, isUnified: Bool) -> Int? {
        // Without a limit the newer file says "max", and the older one a number near the greatest there is.
        guard let limit = number(in: folder + (isUnified ? "memory.max" : "memory.limit_in_bytes")), limit < 1 << 60,
            let used = number(in: folder + (isUnified ? "memory.current" : "memory.usage_in_bytes"))
        else { return nil }
        let cached = value(of: isUnified ? "inactive_file" : "total_inactive_file", in: folder + "memory.stat") ?? 0
        return max(0, limit - max(0, used - cached))
    }

    /// The address space that the process has now.
    private var virtualSize: Int? {
        lines(of: "proc/self/statm").first?.split(separator: " ").first.flatMap { Int($0) }.map { $0 * SystemMemory.pageByteCount }
    }

    private func lines(of path: String) -> [Substring] {
        ((try? String(contentsOfFile: root + path, encoding: .utf8)) ?? "").split(separator: "\n")
    }

    private func number(in path: String) -> Int? { lines(of: path).first.flatMap { Int($0) } }

    private func value(of name: String, in path: String) -> Int? {
        for line in lines(of: path) {
            let words = line.split(separator: " ")
            if words.count > 1, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}
