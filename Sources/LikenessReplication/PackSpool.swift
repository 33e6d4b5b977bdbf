import LikenessFormat
import LikenessStore
import ObjectStorage
import Platform

/// Copies of packs of a remote over the network, in a folder of this machine, with holes where nothing was asked for.
///
/// What is in it counts as little as the network does: everything that is read from it is checked against hashes, and what was left by a process
/// that ended is used as far as its hashes are right. So an interrupted transfer goes on where it was, and needs no record of how far it came.
final class PackSpool {
    private final class Copy {
        let pack: PackFile
        /// What this process has brought, in order and without overlaps.
        var ranges: [Range<Int>]
        /// Whether it was there before this process began.
        let isOld: Bool

        init(_ pack: PackFile, _ ranges: [Range<Int>], isOld: Bool) {
            (self.pack, self.ranges, self.isOld) = (pack, ranges, isOld)
        }
    }

    private let folder: WebFolder
    private let chosenPath: String?
    private var temporaryPath: String?
    private var copies: [BlockHash: Copy] = [:]
    private let byteLimit: Int?
    private var byteCount = 0

    /// Bytes that are asked for with the header: of a small pack all but its blocks.
    private static let firstByteCount = 64 << 10
    /// Bytes that one request asks for at the most.
    private static let requestByteCount = 8 << 20
    /// Bytes that are brought in vain rather than to ask once more.
    private static let gapByteCount = 32 << 10

    /// - Parameters:
    ///   - path: the folder; nil for a temporary one, which goes with this value.
    ///   - byteLimit: how many bytes may be asked for; nil for any number.
    init(_ folder: WebFolder, at path: String?, byteLimit: Int?) {
        (self.folder, chosenPath, self.byteLimit) = (folder, path, byteLimit)
    }

    deinit {
        if let temporaryPath { Folder.removeAll(temporaryPath) }
    }

    /// The folder, which must have been made.
    var path: String { chosenPath ?? temporaryPath ?? "." }

    /// Makes the folder if it is missing.
    func makeFolder() throws(ReplicationError) -> String {
        do throws(SystemError) {
            if let chosenPath {
                try Folder.make(chosenPath)
            } else if temporaryPath == nil {
                temporaryPath = try Folder.makeTemporary(Folder.temporary + "/likeness")
            }
        } catch {
            throw .file(path: chosenPath ?? Folder.temporary, reason: "it cannot be made: \(error)")
        }
        return path
    }

    private func filePath(_ hash: BlockHash) -> String { "\(path)/\(hash.hexadecimal).pack" }
    private func place(_ hash: BlockHash) -> String { folder.place(of: WebRemote.packFile(hash)) }

    /// A pack with its header; nil if there is none of that hash.
    func pack(_ hash: BlockHash) throws(ReplicationError) -> PackFile? {
        if let copy = copies[hash] { return copy.pack }
        _ = try makeFolder()
        let path = filePath(hash)
        if FileIdentity(path) != nil, let pack = try? PackFile(path, named: place(hash)), pack.header.hash == hash {
            copies[hash] = Copy(pack, [], isOld: true)
            return pack
        }
        guard let (byteCount, isWhole) = try bring(hash, to: path + ".new") else { return nil }
        let pack = try ReplicationError.storing { () throws(StoreError) in try PackFile(path + ".new", named: place(hash)) }
        pack.close()
        guard pack.header.hash == hash else {
            throw .damaged(path: place(hash), reason: "it is the pack \(pack.header.hash.hexadecimal)")
        }
        do { try Folder.rename(path + ".new", to: path) } catch { throw .file(path: path, reason: "it cannot be written: \(error)") }
        let named = try ReplicationError.storing { () throws(StoreError) in try PackFile(path, named: place(hash)) }
        let there = isWhole ? byteCount : min(byteCount, PackSpool.firstByteCount)
        copies[hash] = Copy(named, [0..<there], isOld: false)
        named.close()
        return named
    }

    /// Brings the first bytes of a pack; nil if there is none.
    private func bring(_ hash: BlockHash, to path: String) throws(ReplicationError) -> (byteCount: Int, isWhole: Bool)? {
        let file = try SpoolFile(path, for: .replacing(permissions: 0o600))
        let found = try ReplicationError.moving(place(hash)) { () throws(TransferError) in
            let found = try folder.read(WebRemote.packFile(hash), 0..<PackSpool.firstByteCount) { file.write($1, at: $0) }
            if let problem = file.problem { throw problem }
            return found
        }
        guard let found else {
            try? Folder.remove(path)
            return nil
        }
        try count(found.isWhole ? found.byteCount : min(found.byteCount, PackSpool.firstByteCount))
        try file.resize(to: found.byteCount)
        return found
    }

    private func count(_ bytes: Int) throws(ReplicationError) {
        byteCount += bytes
        if let byteLimit, byteCount > byteLimit { throw .tooLarge(remote: folder.name, bytes: byteCount, limit: byteLimit) }
    }

    /// Makes sections readable.
    func need(_ kinds: [PackSectionKind], of packs: [PackFile], progress: (Int, Int) -> Void) throws(ReplicationError) {
        var wanted: [BlockHash: [Range<Int>]] = [:]
        for pack in packs {
            guard let copy = copies[pack.header.hash] else { continue }
            for kind in kinds {
                let section = pack.header[kind]
                let range = section.offset..<section.offset + section.byteCount
                if range.isEmpty || copy.ranges.contains(where: { $0.contains(range) }) { continue }
                if copy.isOld, (try? pack.check(kind)) != nil { continue }
                wanted[pack.header.hash, default: []].append(range)
            }
            if copy.isOld { pack.close() }
        }
        try bring(wanted, progress: progress)
    }

    /// Makes blocks readable.
    func need(
        _ locations: [PackedBlocks.Location], in blocks: PackedBlocks, progress: (Int, Int) -> Void
    ) throws(ReplicationError) {
        var wanted: [BlockHash: [Range<Int>]] = [:]
        for location in locations {
            let hash = blocks.pack(of: location).header.hash
            guard let copy = copies[hash] else { continue }
            if copy.isOld, blocks.isThere(location) { continue }
            wanted[hash, default: []].append(location.range)
        }
        for (hash, ranges) in wanted {
            guard let copy = copies[hash] else { continue }
            wanted[hash] = PackSpool.without(copy.ranges, ranges.sorted { $0.lowerBound < $1.lowerBound })
        }
        try bring(wanted, progress: progress)
    }

    /// Ranges that no range which is there covers; both are in order.
    private static func without(_ there: [Range<Int>], _ ranges: [Range<Int>]) -> [Range<Int>] {
        var place = 0
        return ranges.filter { range in
            while place < there.count, there[place].upperBound < range.upperBound { place += 1 }
            return place == there.count || there[place].lowerBound > range.lowerBound
        }
    }

    /// One request.
    private struct Job: Sendable {
        let file: String
        let place: String
        let path: String
        let range: Range<Int>
    }

    private func bring(_ wanted: [BlockHash: [Range<Int>]], progress: (Int, Int) -> Void) throws(ReplicationError) {
        var jobs: [Job] = []
        var all: [BlockHash: [Range<Int>]] = [:]
        for (hash, ranges) in wanted.sorted(by: { $0.key < $1.key }) where !ranges.isEmpty {
            let merged = PackSpool.merged(ranges, gap: PackSpool.gapByteCount)
            all[hash] = merged
            for range in merged {
                for start in stride(from: range.lowerBound, to: range.upperBound, by: PackSpool.requestByteCount) {
                    jobs.append(
                        Job(
                            file: WebRemote.packFile(hash), place: place(hash), path: filePath(hash),
                            range: start..<min(start + PackSpool.requestByteCount, range.upperBound)))
                }
            }
        }
        if jobs.isEmpty { return }
        let total = jobs.reduce(0) { $0 + $1.range.count }
        try count(total)
        let (folder, tasks) = (folder, jobs)
        do throws(TransferError) {
            try Transfers.run(jobs.count, atOnce: folder.access.transfers, progress: { progress($0, total) }) {
                (number) throws(TransferError) in
                let job = tasks[number]
                do throws(TransferError) { return try PackSpool.bring(job, from: folder) } catch {
                    var error = error
                    error.place = job.place
                    throw error
                }
            }
        } catch {
            if error.kind == .local, error.description == PackSpool.missing { throw .missingPack(path: error.place ?? folder.name) }
            throw ReplicationError(error, folder.name)
        }
        for (hash, ranges) in all { copies[hash]?.ranges = PackSpool.merged((copies[hash]?.ranges ?? []) + ranges, gap: 0) }
    }

    /// What gives the bytes of runs: those of a copy where it has them, else the server's, which are not kept.
    func bringing(_ runs: [PackRun]) throws(ReplicationError) -> (threads: Int, bring: RunBringer) {
        let there = copies.mapValues(\.ranges)
        @Sendable func isThere(_ run: PackRun) -> Bool { there[run.pack]?.contains { $0.contains(run.range) } ?? false }
        try count(runs.reduce(0) { $0 + (isThere($1) ? 0 : $1.range.count) })
        let (folder, copies) = (folder, path)
        return (
            folder.access.transfers,
            { (run) throws(ReplicationError) in
                let file = WebRemote.packFile(run.pack)
                if isThere(run) {
                    let path = "\(copies)/\(run.pack.hexadecimal).pack"
                    do { return try FileDescriptor(path, for: .reading).read(run.range.count, at: run.range.lowerBound) } catch {
                        throw .file(path: path, reason: "it cannot be read: \(error)")
                    }
                }
                let place = folder.place(of: file)
                let bytes = try ReplicationError.moving(place) { () throws(TransferError) in try folder.bytes(of: file, run.range) }
                guard let bytes else { throw .missingPack(path: place) }
                return bytes
            }
        )
    }

    private static let missing = "it is missing"

    private static func bring(_ job: Job, from folder: WebFolder) throws(TransferError) -> Int {
        let file: SpoolFile
        do throws(ReplicationError) { file = try SpoolFile(job.path, for: .writing) } catch {
            throw TransferError(.local, error.description)
        }
        let found = try folder.read(job.file, job.range) { file.write($1, at: $0) }
        if let problem = file.problem { throw problem }
        if found == nil { throw TransferError(.local, missing) }
        return job.range.count
    }

    /// Ranges in order, with small gaps closed.
    static func merged(_ ranges: [Range<Int>], gap: Int) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + gap {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// Removes all copies but those of the packs that are named, and what was left unfinished.
    func clear(keeping packs: Set<BlockHash>) {
        for (hash, copy) in copies where !packs.contains(hash) {
            copy.pack.close()
            copies[hash] = nil
        }
        guard chosenPath != nil || temporaryPath != nil else { return }
        for name in Folder.names(in: path) where name != "lock" {
            if let hash = BlockHash(hexadecimal: String(name.prefix(64))), name.hasSuffix(".pack"), packs.contains(hash) { continue }
            try? Folder.remove(path + "/" + name)
        }
    }
}

/// A copy that bytes are written to, from a thread of its own.
private final class SpoolFile {
    private let descriptor: FileDescriptor
    private let path: String
    /// Why bytes could not be written.
    private(set) var problem: TransferError?

    init(_ path: String, for purpose: FileDescriptor.Purpose) throws(ReplicationError) {
        self.path = path
        do { descriptor = try FileDescriptor(path, for: purpose) } catch {
            throw .file(path: path, reason: "it cannot be written: \(error)")
        }
    }

    /// Writes bytes; false if that failed.
    func write(_ bytes: RawSpan, at offset: Int) -> Bool {
        do throws(SystemError) {
            try unsafe bytes.withUnsafeBytes { (raw) throws(SystemError) in try unsafe descriptor.writeAll(raw, at: offset) }
        } catch {
            problem = TransferError(.local, "\(path) cannot be written: \(error). Make room and run the command again")
        }
        return problem == nil
    }

    func resize(to byteCount: Int) throws(ReplicationError) {
        do { try descriptor.resize(to: byteCount) } catch { throw .file(path: path, reason: "it cannot be written: \(error)") }
    }
}
