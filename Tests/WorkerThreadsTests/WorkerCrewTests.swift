import Synchronization
import Testing

@testable import WorkerThreads

@Suite struct WorkerCrewTests {
    @Test("Every batch of every phase is worked on once, phase by phase", arguments: [1, 2, 3, 9])
    func phases(threads: Int) {
        let done = Mutex<[[Int]]>([])
        WorkerCrew.run(threads: threads) { crew in
            for phase in 0..<200 {
                done.withLock { $0.append([Int](repeating: 0, count: phase % 5)) }
                crew.work(batches: phase % 5) { worker, batch in
                    done.withLock {
                        #expect($0.count == phase + 1 && worker < max(threads, 1))
                        $0[phase][batch] += 1
                    }
                }
            }
        }
        #expect(done.withLock { $0 } == (0..<200).map { [Int](repeating: 1, count: $0 % 5) })
    }
}
