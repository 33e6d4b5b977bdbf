import LMDB
package import LikenessFormat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The versions of a store and their aliases.
package struct Catalog: Sendable {
    let store: Store

    package init(_ store: Store) {
        self.store = store
    }

    /// The newest version, if there is any.
    package func newest(in transaction: borrowing Reading) throws(StoreError) -> Version? {
        var cursor = try transaction.cursor(in: store.tables.versions)
        guard try cursor.move(to: .last) else { return nil }
        return Version(rawValue: UInt64(bigEndian: cursor.key.littleEndian(at: 0)))
    }

    /// All versions, ascending.
    ///
    /// - Complexity: O(versions): each manifest is read and checked.
    package func manifests(in transaction: borrowing Reading) throws(StoreError) -> [Manifest] {
        var manifests: [Manifest] = []
        var cursor = try transaction.cursor(in: store.tables.versions)
        var isThere = try cursor.move(to: .first)
        while isThere {
            let version = Version(rawValue: UInt64(bigEndian: cursor.key.littleEndian(at: 0)))
            manifests.append(
                try SealedJSON.open(cursor.value, as: Manifest.self, table: "versions", key: version.description))
            isThere = try cursor.move(to: .next)
        }
        return manifests
    }

    /// The manifest of a version; nil if there is no such version.
    package func manifest(of version: Version, in transaction: borrowing Reading) throws(StoreError) -> Manifest? {
        guard let record = try transaction.get(version.rawValue, in: store.tables.versions) else { return nil }
        let manifest = try SealedJSON.open(record, as: Manifest.self, table: "versions", key: version.description)
        guard manifest.version == version else {
            throw .damaged(table: "versions", key: version.description, reason: "it is the manifest of \(manifest.version)")
        }
        return manifest
    }

    /// The hash that authenticates a version: of its manifest.
    package func rootHash(of version: Version, in transaction: borrowing Reading) throws(StoreError) -> BlockHash? {
        guard let record = try transaction.get(version.rawValue, in: store.tables.versions) else { return nil }
        return SealedJSON.hash(of: record)
    }

    /// The manifest that a version number or an alias leads to.
    ///
    /// - Throws: `StoreError.catalog`: no such version or alias.
    package func manifest(
        at reference: VersionReference, in transaction: borrowing Reading
    ) throws(StoreError) -> Manifest {
        guard let newest = try newest(in: transaction) else { throw .catalog(.noVersions) }
        let version: Version
        switch reference {
        case .version(let number): version = number
        case .alias(let name):
            guard let alias = try alias(named: name, in: transaction) else {
                throw .catalog(.noSuchAlias(name, others: try aliases(in: transaction).map(\.name)))
            }
            version = alias.version
        }
        guard let manifest = try manifest(of: version, in: transaction) else {
            throw .catalog(.noSuchVersion(version, newest: newest))
        }
        return manifest
    }

    /// The free-text note of a version.
    package func note(of version: Version, in transaction: borrowing Reading) throws(StoreError) -> String? {
        guard let record = try transaction.get(version.rawValue, in: store.tables.annotations) else { return nil }
        return try SealedJSON.open(record, as: String.self, table: "annotations", key: version.description)
    }

    /// Writes the free-text note of a version in place of the one it had; an empty one removes it.
    package func annotate(_ reference: VersionReference, note: String) throws(StoreError) -> Version {
        let version = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try manifest(at: reference, in: transaction).version
        }
        let tables = store.tables
        let record = try SealedJSON.seal(note, table: "annotations", key: version.description)
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            if note.isEmpty {
                try transaction.delete(version.rawValue, in: tables.annotations)
            } else {
                try transaction.put(record, at: version.rawValue, in: tables.annotations)
            }
        }
        return version
    }
}
