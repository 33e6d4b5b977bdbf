import LikenessFormat
import LikenessStore

/// The packs of a remote up to one of them, each named by the one after it: the head authenticates them all.
struct RemoteChain {
    private let remote: any Remote
    private let store: String
    /// In order of their places.
    private(set) var packs: [PackFile] = []
    /// The pack before the first of them, and its place; nil if there is none.
    private var next: BlockHash?
    private var nextPlace: UInt64

    /// Opens the packs and checks their headers.
    ///
    /// - Parameter floor: the place at which to stop; 0 to go back to the beginning.
    /// - Throws: `ReplicationError`: a pack is missing, is not what its name says, or is from another store.
    /// - Complexity: O(packs): the header of each is read.
    init(_ remote: any Remote, head: BlockHash, place: UInt64, store: String, downTo floor: UInt64 = 0) throws(ReplicationError) {
        (self.remote, self.store, next, nextPlace) = (remote, store, head, place)
        try extend(downTo: floor)
    }

    /// Whether the first pack is there.
    var isComplete: Bool { next == nil }

    /// Opens packs before those that are open.
    mutating func extend(downTo floor: UInt64 = 0) throws(ReplicationError) {
        var older: [PackFile] = []
        while let hash = next, nextPlace >= floor {
            let path = remote.place(of: FolderRemote.packFile(hash))
            guard let pack = try remote.pack(hash) else { throw .missingPack(path: path) }
            pack.close()
            guard pack.header.hash == hash else { throw .damaged(path: path, reason: "it is the pack \(pack.header.hash.hexadecimal)") }
            guard pack.header.isPart, pack.header.place == nextPlace, VersionOrigin.text(of: pack.header.store) == store else {
                throw .damaged(path: path, reason: "it is not pack \(nextPlace) of this remote")
            }
            older.append(pack)
            next = pack.header.previous
            nextPlace -= 1
        }
        packs = older.reversed() + packs
    }

    /// The pack at a place; nil if it is not open.
    func pack(at place: UInt64) -> PackFile? {
        guard let first = packs.first?.header.place, place >= first, place - first < UInt64(packs.count) else { return nil }
        return packs[Int(place - first)]
    }

    /// The last pack that has a version.
    func pack(of version: Version) -> PackFile? {
        packs.last { $0.header.version == version }
    }

    /// The blocks of all packs.
    func blocks(progress: (Int, Int) -> Void = { _, _ in }) throws(ReplicationError) -> PackedBlocks? {
        try remote.need([.blockIndex], of: packs, progress: progress)
        return try ReplicationError.storing { () throws(StoreError) in
            var blocks: PackedBlocks?
            for pack in packs.reversed() {
                try pack.check(.blockIndex)
                if blocks == nil { blocks = try PackedBlocks(pack) } else { try blocks?.add(pack) }
                pack.close()
            }
            return blocks
        }
    }

    /// The manifest in a pack, with its record and root hash.
    ///
    /// - Parameter expected: the root hash; nil for any, since the pack's hash authenticates the record.
    func manifest(
        in pack: PackFile, rootHash expected: BlockHash? = nil
    ) throws(ReplicationError) -> (manifest: Manifest, record: [UInt8], rootHash: BlockHash) {
        try remote.need([.manifest], of: [pack], progress: { _, _ in })
        let found = try ReplicationError.storing { () throws(StoreError) in
            try pack.check(.manifest)
            return try pack.manifest()
        }
        pack.close()
        guard let rootHash = unsafe SealedJSON.hash(of: found.record.span.bytes), expected == nil || rootHash == expected else {
            throw .damaged(path: pack.path, reason: "\(pack.header.version) in it has another root hash than the alias says")
        }
        return (found.manifest, found.record, rootHash)
    }
}
