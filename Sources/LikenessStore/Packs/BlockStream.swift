import LMDB
package import LikenessFormat
import Platform
import Synchronization

/// Blocks of rows that are left to be brought, checked and written, and what each must be: see `PackedBlocks.check`.
package final class BlockPlan {
    /// What a block is of which a tree leads to it.
    struct Use {
        let position: Int
        let matrix: Int
        /// Its number among the data blocks of the matrix.
        let first: Int
    }

    private(set) var matrices: [(descriptor: MatrixDescriptor, lengths: Manifest.Lengths)] = []
    private(set) var uses: [Use] = []

    package init() {}

    func add(_ position: Int, _ matrix: MatrixDescriptor, first: Int, _ lengths: Manifest.Lengths) {
        if matrices.last?.descriptor != matrix || matrices.last?.lengths != lengths { matrices.append((matrix, lengths)) }
        uses.append(Use(position: position, matrix: matrices.count - 1, first: first))
    }
}

/// Bytes of a pack that are brought in one piece.
package struct PackRun: Sendable {
    /// The pack.
    package let pack: BlockHash
    /// The bytes of the pack's file.
    package let range: Range<Int>
    /// The blocks in them.
    fileprivate let blocks: Range<Int>
}

/// Blocks of rows on their way from packs into a store: threads bring runs of them and check each block, while the caller's writes those that are there.
///
/// ```
/// threads  bring, hash, check | bring, hash, check | …          64 MiB of runs at the most
/// caller                      write, sync          | write, sync | …
/// ```
/// A block is written only after all that the manifests say of it was checked. What was written before a failure is there when the pull is done again.
package struct BlockStream: Sendable {
    private struct Block: Sendable {
        let hash: BlockHash
        /// Where it lies in the pack's file.
        let offset: Int
        let byteCount: Int
        let pack: Int
        let uses: Range<Int>
    }

    private struct Use: Sendable {
        let matrix: Int
        let first: Int
    }

    /// In the order in which they are brought.
    package let runs: [PackRun]
    private let blocks: [Block]
    private let uses: [Use]
    private let matrices: [(descriptor: MatrixDescriptor, lengths: Manifest.Lengths)]
    /// What messages call the packs.
    private let paths: [String]

    /// Bytes of a run, but for one block that is longer.
    private static let runByteCount = 4 << 20
    /// Bytes that are brought in vain rather than to ask once more.
    private static let gapByteCount = 32 << 10
    /// Bytes of runs that are in memory at a time.
    private static let memoryByteCount = 64 << 20
    /// Bytes that one transaction writes at the most, about. They are in memory twice for a moment: here, and in LMDB's pages.
    private static let transactionByteCount = 32 << 20

    /// Bytes of the blocks.
    package var byteCount: Int { blocks.reduce(0) { $0 + $1.byteCount } }

    /// The blocks of a plan that was made with `packed`.
    package init(_ plan: BlockPlan, of packed: PackedBlocks) {
        var (blocks, uses, runs): ([Block], [Use], [PackRun]) = ([], [], [])
        var last = -1
        // Blocks have the order of packs, and in these that in which they lie.
        for use in plan.uses.sorted(by: { $0.position < $1.position }) {
            uses.append(Use(matrix: use.matrix, first: use.first))
            let block = packed.blocks[use.position]
            let offset = packed.packs[block.pack].header[.blocks].offset + block.offset
            let before = use.position == last ? blocks.removeLast() : nil
            blocks.append(
                Block(
                    hash: block.entry.hash, offset: offset, byteCount: block.entry.blockByteCount, pack: block.pack,
                    uses: (before?.uses.lowerBound ?? uses.count - 1)..<uses.count))
            last = use.position
        }
        for (number, block) in blocks.enumerated() {
            let (hash, end) = (packed.packs[block.pack].header.hash, block.offset + block.byteCount)
            if let run = runs.last, run.pack == hash, block.offset <= run.range.upperBound + BlockStream.gapByteCount,
                end - run.range.lowerBound <= BlockStream.runByteCount
            {
                runs[runs.count - 1] = PackRun(
                    pack: hash, range: run.range.lowerBound..<end, blocks: run.blocks.lowerBound..<number + 1)
            } else {
                runs.append(PackRun(pack: hash, range: block.offset..<end, blocks: number..<number + 1))
            }
        }
        (self.blocks, self.uses, self.runs) = (blocks, uses, runs)
        (matrices, paths) = (plan.matrices, packed.packs.map(\.path))
    }

    /// Brings, checks and writes all of them.
    ///
    /// - Parameters:
    ///   - threads: how many bring runs at the same time.
    ///   - bring: gives the bytes of a run, on a thread of its own.
    ///   - wrap: makes a store's error one of those that `bring` throws.
    ///   - progress: called on this thread with the bytes that were brought so far.
    /// - Returns: bytes of the blocks that were not there before.
    package func run<Failure: Error>(
        into store: Store, threads: Int, bring: @escaping @Sendable (PackRun) throws(Failure) -> [UInt8],
        wrapping wrap: @escaping @Sendable (StoreError) -> Failure, progress: (Int) -> Void
    ) throws(Failure) -> Int {
        if runs.isEmpty { return 0 }
        let state = State<Failure>(runs)
        let stream = self
        @Sendable func work() {
            while let number = state.take() {
                do throws(Failure) {
                    let bytes = try bring(stream.runs[number])
                    do throws(StoreError) { try stream.check(bytes, stream.runs[number]) } catch { throw wrap(error) }
                    state.put(number, bytes)
                } catch {
                    state.fail(error)
                }
            }
            state.leave()
        }
        var started: [SystemThread] = []
        for _ in 0..<max(1, min(threads, runs.count)) {
            state.enter()
            if let thread = SystemThread(work) { started.append(thread) } else { state.leave() }
        }
        if started.isEmpty {
            // Without threads a run is in memory after the other, all of them within the limit or not.
            state.enter()
            state.liftLimit()
            work()
        }
        var (written, canWrite) = (0, true)
        while true {
            var batch = state.waitForRuns(progress)
            if batch.isEmpty { break }
            let bytes = batch.reduce(0) { $0 + $1.bytes.count }
            // What was checked before a failure of others is worth keeping.
            if canWrite {
                do throws(StoreError) { written += try write(&batch, to: store) } catch {
                    canWrite = false
                    state.fail(wrap(error))
                }
            }
            state.release(bytes)
        }
        for thread in started { thread.join() }
        if let failure = state.failure { throw failure }
        return written
    }

    /// Checks each block of a run against its hash, and against what the manifests say of it.
    private func check(_ bytes: [UInt8], _ run: PackRun) throws(StoreError) {
        for block in blocks[run.blocks] {
            let path = paths[block.pack]
            guard bytes.count == run.range.count else {
                throw .pack(.notAPack(path: path, reason: "it was cut short while it was read"))
            }
            let start = block.offset - run.range.lowerBound
            let range = start..<start + block.byteCount
            let name = "block \(block.hash.hexadecimal)"
            guard unsafe BlockHash(of: bytes.span.bytes.extracting(range)) == block.hash else {
                throw .pack(.damaged(path: path, place: "\(PackSectionKind.blocks)", reason: "\(name) is not what was written"))
            }
            var checks: UInt8 = 0
            for use in uses[block.uses] {
                let (matrix, lengths) = matrices[use.matrix]
                let contents = PackedBlocks.Contents(of: matrix)
                let isNew = checks & contents.bit == 0
                checks |= contents.bit
                try PackError.parsing(path, "\(matrix.name), \(name)") { () throws(Damage) in
                    _ = try unsafe PackedBlocks.check(
                        bytes.span.bytes.extracting(range), PackedBlocks.Place(hash: block.hash, level: 0, first: use.first), matrix,
                        isNew ? contents : nil, after: nil, lengths)
                }
            }
        }
    }

    /// Writes runs that were checked, in one transaction.
    private func write(_ batch: inout [(number: Int, bytes: [UInt8])], to store: Store) throws(StoreError) -> Int {
        // Each run is given up as soon as LMDB has it.
        var rest = Array(batch.reversed())
        batch = []
        let table = store.tables.blocks
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            var written = 0
            while let (number, bytes) = rest.popLast() {
                let run = runs[number]
                for block in blocks[run.blocks] {
                    let start = block.offset - run.range.lowerBound
                    let isNew = try unsafe bytes.span.bytes.extracting(start..<start + block.byteCount).withUnsafeBytes {
                        (raw) throws(StoreError) in
                        try unsafe transaction.insert(raw, at: block.hash, in: table)
                    }
                    if isNew { written += block.byteCount }
                }
            }
            return written
        }
    }

    /// What the threads share.
    private final class State<Failure: Error>: Sendable {
        private struct Shared {
            var next = 0
            var bytesInMemory = 0
            var limit = BlockStream.memoryByteCount
            var ready: [(number: Int, bytes: [UInt8])] = []
            var readyBytes = 0
            var brought = 0
            var working = 0
            var failure: Failure?
        }

        private enum Turn {
            case run(Int), later, never
        }

        private let sizes: [Int]
        private let shared = Mutex(Shared())

        init(_ runs: [PackRun]) {
            sizes = runs.map(\.range.count)
        }

        var failure: Failure? { shared.withLock { $0.failure } }

        func enter() { shared.withLock { $0.working += 1 } }
        func leave() { shared.withLock { $0.working -= 1 } }
        func liftLimit() { shared.withLock { $0.limit = .max } }
        func fail(_ failure: Failure) { shared.withLock { $0.failure = $0.failure ?? failure } }
        func release(_ bytes: Int) { shared.withLock { $0.bytesInMemory -= bytes } }

        /// The next run to bring, once there is memory for it; nil if there is none, or something has failed.
        func take() -> Int? {
            while true {
                let turn = shared.withLock { shared -> Turn in
                    if shared.failure != nil || shared.next == sizes.count { return .never }
                    let size = sizes[shared.next]
                    if shared.bytesInMemory > 0, shared.bytesInMemory > shared.limit - size { return .later }
                    shared.bytesInMemory += size
                    shared.next += 1
                    return .run(shared.next - 1)
                }
                switch turn {
                case .run(let number): return number
                case .never: return nil
                case .later: SystemThread.pause(microseconds: 200)
                }
            }
        }

        /// Hands over a run that was checked.
        func put(_ number: Int, _ bytes: [UInt8]) {
            shared.withLock { shared in
                shared.ready.append((number, bytes))
                shared.readyBytes += bytes.count
                shared.brought += bytes.count
            }
        }

        /// Runs for one transaction, as soon as there are enough or there will be no more; none at the end.
        func waitForRuns(_ progress: (Int) -> Void) -> [(number: Int, bytes: [UInt8])] {
            while true {
                let (batch, brought) = shared.withLock { shared -> ([(number: Int, bytes: [UInt8])]?, Int) in
                    if shared.readyBytes < BlockStream.transactionByteCount, shared.working > 0 { return (nil, shared.brought) }
                    var (count, bytes) = (0, 0)
                    while count < shared.ready.count, bytes < BlockStream.transactionByteCount {
                        bytes += shared.ready[count].bytes.count
                        count += 1
                    }
                    let batch = Array(shared.ready[..<count])
                    shared.ready.removeFirst(count)
                    shared.readyBytes -= bytes
                    return (batch, shared.brought)
                }
                progress(brought)
                if let batch { return batch }
                SystemThread.pause(microseconds: 500)
            }
        }
    }
}
