import LikenessFormat
import LikenessStore

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
        /// Packs that no alias leads to: left by a publication that was cut off, harmless.
        public var unreferenced = 0
        /// What is wrong, in words; empty if the remote is sound.
        public var problems: [String] = []

        /// Whether nothing is wrong.
        public var isSound: Bool { problems.isEmpty }
    }

    /// Checks every pack of a remote against its hashes, without a store: headers, records, blocks, and that the trees of each version are whole.
    ///
    /// - Parameter progress: called with the bytes of blocks checked so far.
    /// - Throws: `ReplicationError` if there is no remote. What is wrong in it is part of the answer.
    /// - Complexity: O(bytes of the remote); memory is bounded but for some 150 bytes a block.
    public static func verify(_ remote: String, progress: (Int) -> Void = { _ in }) throws(ReplicationError) -> Verification {
        let folder = try RemoteFolder(remote)
        guard let description = try folder.record() else { throw .noRemote(remote: remote) }
        var found = Verification()
        var heads: [RemotePointer] = []
        for name in folder.aliases() {
            do throws(ReplicationError) {
                if let pointer = try folder.pointer(name) { heads.append(pointer) }
                found.aliases += 1
            } catch {
                found.problems.append(error.description)
            }
        }
        heads.sort { $0.place > $1.place }
        var chain: RemoteChain?
        for head in heads {
            do throws(ReplicationError) {
                // The longest chain has all others in it.
                if chain == nil {
                    chain = try RemoteChain(folder, head: head.pack, place: head.place, store: description.store)
                    try check(chain?.packs ?? [], &found, progress: progress)
                }
                guard let chain, chain.packs.count >= head.place, chain.packs[Int(head.place) - 1].header.hash == head.pack else {
                    throw .damaged(path: folder.path, reason: "'\(head.alias)' leads to a pack that no other pack comes after")
                }
                guard let pack = chain.pack(of: head.version) else { throw .missingVersion(head.version, remote: remote) }
                _ = try pack.manifest(rootHash: head.rootHash)
                pack.close()
            } catch {
                found.problems.append("'\(head.alias)': \(error)")
            }
        }
        let known = Set((chain?.packs ?? []).map(\.header.hash))
        found.unreferenced = folder.packs().count { !known.contains($0) }
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
