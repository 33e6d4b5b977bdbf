import LikenessFormat
import LikenessStore
import Platform

/// The packs of a remote up to one of them, each named by the one after it: the head authenticates them all.
struct RemoteChain {
    /// From place 1 on.
    let packs: [PackFile]

    /// Opens the packs and checks their headers.
    ///
    /// - Throws: `ReplicationError`: a pack is missing, is not what its name says, or is from another store.
    /// - Complexity: O(packs): the header of each is read.
    init(_ folder: RemoteFolder, head: BlockHash, place: UInt64, store: String) throws(ReplicationError) {
        var packs: [PackFile] = []
        var (next, place) = (BlockHash?.some(head), place)
        while let hash = next {
            let path = folder.packPath(hash)
            if FileIdentity(path) == nil { throw .missingPack(path: path) }
            let pack = try ReplicationError.storing { () throws(StoreError) in try PackFile(path) }
            pack.close()
            guard pack.header.hash == hash else { throw .damaged(path: path, reason: "it is the pack \(pack.header.hash.hexadecimal)") }
            guard pack.header.isPart, pack.header.place == place, VersionOrigin.text(of: pack.header.store) == store else {
                throw .damaged(path: path, reason: "it is not pack \(place) of this remote")
            }
            packs.append(pack)
            next = pack.header.previous
            place -= 1
        }
        self.packs = packs.reversed()
    }

    /// The last pack that has a version.
    func pack(of version: Version) -> PackFile? {
        packs.last { $0.header.version == version }
    }

    /// The blocks of all packs.
    func blocks() throws(ReplicationError) -> PackedBlocks? {
        try ReplicationError.storing { () throws(StoreError) in
            var blocks: PackedBlocks?
            for pack in packs.reversed() {
                try pack.check(.blockIndex)
                if blocks == nil { blocks = try PackedBlocks(pack) } else { try blocks?.add(pack) }
                pack.close()
            }
            return blocks
        }
    }
}

extension PackFile {
    /// The version's manifest, of which the record has the root hash that is expected.
    func manifest(rootHash: BlockHash) throws(ReplicationError) -> (manifest: Manifest, record: [UInt8]) {
        let found = try ReplicationError.storing { () throws(StoreError) in
            try check(.manifest)
            return try manifest()
        }
        guard unsafe SealedJSON.hash(of: found.record.span.bytes) == rootHash else {
            throw .damaged(path: path, reason: "\(header.version) in it has another root hash than the alias says")
        }
        return found
    }
}
