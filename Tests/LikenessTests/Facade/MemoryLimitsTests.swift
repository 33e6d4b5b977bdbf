import Foundation
import Testing

@testable import Likeness
@testable import LikenessModels

@Suite struct MemoryLimitsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try write("MemTotal: 9000 kB\nMemAvailable:    4000 kB\n", to: "proc/meminfo")
        try write("500 100 50 1 0 60 0\n", to: "proc/self/statm")
    }

    private func write(_ text: String, to path: String) throws {
        let file = URL(fileURLWithPath: folder.path + "/" + path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private func limits(addressSpace: Int? = nil) -> MemoryLimits {
        MemoryLimits(root: folder.path + "/", addressSpace: addressSpace)
    }

    @Test("What the machine has left is the limit if nothing else is")
    func machine() throws {
        #expect(limits().available == 4000 << 10)
        try write("0::/\n", to: "proc/self/cgroup")
        try write("max\n", to: "sys/fs/cgroup/memory.max")
        #expect(limits().available == 4000 << 10)
        #expect(MemoryLimits(root: folder.path + "/nowhere/", addressSpace: nil).available == nil)
    }

    @Test("A control group, or one above it, leaves less; pages of files count as free")
    func groups() throws {
        try write("0::/outer/inner\n", to: "proc/self/cgroup")
        try write("max\n", to: "sys/fs/cgroup/outer/inner/memory.max")
        try write("1000000\n", to: "sys/fs/cgroup/outer/memory.max")
        try write("700000\n", to: "sys/fs/cgroup/outer/memory.current")
        #expect(limits().available == 300_000)
        try write("anon 400000\ninactive_file 250000\n", to: "sys/fs/cgroup/outer/memory.stat")
        #expect(limits().available == 550_000)
    }

    @Test("So does a group of the older kind, unless it has no limit")
    func oldGroups() throws {
        try write("5:cpu,cpuacct:/x\n4:memory:/box\n", to: "proc/self/cgroup")
        try write("9223372036854771712\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
        try write("5\n", to: "sys/fs/cgroup/memory/memory.usage_in_bytes")
        #expect(limits().available == 4000 << 10)
        try write("800000\n", to: "sys/fs/cgroup/memory/box/memory.limit_in_bytes")
        try write("900000\n", to: "sys/fs/cgroup/memory/box/memory.usage_in_bytes")
        #expect(limits().available == 0)
    }

    @Test("The limit on address space leaves what is not mapped yet")
    func addressSpace() {
        let page = Int(getpagesize())
        #expect(limits(addressSpace: 510 * page).available == 10 * page)
        #expect(limits(addressSpace: 100 * page).available == 0)
    }

    @Test("A fit that needs more than is left is refused with both figures")
    func refusal() throws {
        try MemoryNeed.check(needed: 4_000 << 10, limits: limits())
        let error = #expect(throws: FitError.self) {
            try MemoryNeed.check(needed: 8_192 << 10, limits: limits())
        }
        #expect(error?.description.contains("about 8 MiB") == true && error?.description.contains("3 MiB") == true)
    }

    @Test("Lists of the best items that would not fit are refused, however many threads are asked for")
    func lists() throws {
        // 4,000 kB are available.
        let limits = MemoryLimits(root: folder.path + "/", addressSpace: nil)
        try limits.checkLists(of: 100, users: 5_000, items: 1_000, threads: 1)
        try limits.checkLists(of: .max, users: 500, items: 1_000, threads: 1)
        for (k, threads) in [(103, 1), (100, 2), (Int.max, Int.max)] {
            let error = #expect(throws: EvaluationFailure.self) {
                try limits.checkLists(of: k, users: 5_000, items: 1_000, threads: threads)
            }
            let message = error.map { "\($0)" } ?? ""
            #expect(message.contains("k is \(k)") && message.contains("3 MiB are free"), "\(message)")
        }
    }
}
