import LikenessFormat
import LikenessStore
public import ObjectStorage

extension Replica {
    /// What checking a remote found.
    public struct Verification: Sendable, Equatable {
        /// Aliases of which the pointer was checked.
        public var aliases = 0
        /// Packs that were checked.
        public var packs = 0
        /// Blocks in them.
        public var blocks = 0
        /// Bytes of the packs.
        public var bytes = 0
        /// Packs that no alias leads to: left by a publication that was cut off, or by a prune for replicas that still read them; harmless.
        public var unreferenced = 0
        /// What is wrong, in words; empty if the remote is sound.
        public var problems: [String] = []

        /// Whether nothing is wrong.
        public var isSound: Bool { problems.isEmpty }
    }

    /// Checks every pack of a remote against its hashes, without a store: headers, records, blocks, and that the trees of each version are whole.
    ///
    /// A remote over the network is copied to a temporary folder (TMPDIR) first, which needs as much room.
    ///
    /// - Parameters:
    ///   - remote: a folder, `s3://bucket/prefix`, or the address of a folder of a web server.
    ///   - aliases: those that are checked beside the ones that a list of the remote's files has. A web server gives none.
    ///   - access: how a remote over the network is reached.
    ///   - progress: called with the bytes of blocks checked so far.
    /// - Throws: `ReplicationError` if there is no remote. What is wrong in it is part of the answer.
    /// - Complexity: O(bytes of the remote); memory is bounded but for some 150 bytes a block.
    public static func verify(
        _ remote: String, aliases: [String] = [], access: RemoteAccess = RemoteAccess(), progress: (Int) -> Void = { _ in }
    ) throws(ReplicationError) -> Verification {
        let opened = try Remotes.open(remote, access, spool: nil)
        guard let description = try opened.record() else { throw .noRemote(remote: remote) }
        var found = Verification()
        var heads: [RemotePointer] = []
        for name in Set(try opened.aliases() + aliases).sorted() {
            do throws(ReplicationError) {
                guard let pointer = try opened.pointer(name) else {
                    found.problems.append(ReplicationError.noAlias(name, remote: remote, others: try opened.aliases()).description)
                    continue
                }
                heads.append(pointer)
                found.aliases += 1
            } catch {
                found.problems.append(error.description)
            }
        }
        heads.sort { $0.place > $1.place }
        // There is one chain, in which all pointers lead to packs, but for the time in which packs are packed anew.
        var chains: [RemoteChain] = []
        for head in heads {
            do throws(ReplicationError) {
                var chain = chains.first { $0.pack(at: head.place)?.header.hash == head.pack }
                if chain == nil {
                    let new = try RemoteChain(opened, head: head.pack, place: head.place, store: description.store)
                    chains.append(new)
                    chain = new
                    try opened.need(PackSectionKind.allCases, of: new.packs) { bytes, _ in progress(bytes) }
                    try check(new.packs, &found, progress: progress)
                }
                guard let chain, let pack = chain.pack(of: head.version) else { throw .missingVersion(head.version, remote: remote) }
                _ = try chain.manifest(in: pack, rootHash: head.rootHash)
            } catch {
                found.problems.append("'\(head.alias)': \(error)")
            }
        }
        let known = Set(chains.flatMap(\.packs).map(\.header.hash))
        found.unreferenced = try opened.packs().count { !known.contains($0) }
        return found
    }

    private static func check(
        _ packs: [PackFile], _ found: inout Verification, progress: (Int) -> Void
    ) throws(ReplicationError) {
        var blocks: PackedBlocks?
        var known: Set<MatrixDescriptor> = []
        var done = 0
        for pack in packs {
            do throws(StoreError) {
                let (manifest, _) = try PackCheck.checkRecords(pack)
                if blocks == nil { blocks = try PackedBlocks(pack) } else { try blocks?.add(pack) }
                var bytes = 0
                try blocks?.check(
                    manifest, of: pack, known: known,
                    progress: { count in
                        bytes = count
                        progress(done + count)
                    })
                done += bytes
                known.formUnion(manifest.allMatrices)
            } catch {
                found.problems.append(error.description)
            }
            pack.close()
            found.packs += 1
            found.blocks += pack.header[.blocks].records
            found.bytes += pack.header.packByteCount
        }
        let all = blocks
        if found.isSound { try ReplicationError.storing { () throws(StoreError) in try all?.checkThatAllAreNeeded() } }
    }
}
