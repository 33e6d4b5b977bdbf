import Synchronization
import Testing

@testable import WorkerThreads

@Suite struct WorkerThreadsTests {
    /// What threads count together.
    final class Marks: Sendable {
        let marks: Mutex<[Int]>

        init(_ count: Int) { marks = Mutex([Int](repeating: 0, count: count)) }

        func mark(_ range: Range<Int>) { marks.withLock { for index in range { $0[index] += 1 } } }
        var all: [Int] { marks.withLock { $0 } }
    }

    @Test("Every number is called once, 0 on the caller's thread", arguments: [0, 1, 2, 7])
    func runs(count: Int) {
        let marks = Marks(8)
        WorkerThreads.run(count) { marks.mark($0..<$0 + 1) }
        #expect(marks.all == (0..<8).map { $0 < max(count, 1) ? 1 : 0 })
    }

    @Test("Parts cover every number once, whatever the threads", arguments: [0, 1, 99, 100, 101, 1000], [1, 2, 3, 64])
    func shares(count: Int, threads: Int) {
        let marks = Marks(count)
        WorkerThreads.share(count, threads: threads, least: 10) { marks.mark($0) }
        #expect(marks.all == [Int](repeating: 1, count: count))
    }
}
