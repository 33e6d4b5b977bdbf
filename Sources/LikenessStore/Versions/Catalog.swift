package import LMDB
package import LikenessFormat

/// The versions of a store and their aliases.
package struct Catalog: Sendable {
    let store: StoreReader

    package init(_ store: StoreReader) {
        self.store = store
    }

    /// The newest version, if there is any.
    package func newest<Reader: TableReader & ~Copyable>(
        in transaction: borrowing Reader
    ) throws(StoreError) -> Version? where Reader.Failure == StoreError {
        var cursor = try transaction.cursor(in: store.tables.versions)
        guard try cursor.move(to: .last) else { return nil }
        return try version(cursor.key)
    }

    private func version(_ key: RawSpan) throws(StoreError) -> Version {
        try StoreError.parsing(store.tables.versions, key) { (key) throws(Damage) in try VersionKey(key).version }
    }

    /// The numbers of all versions, ascending.
    func versions<Reader: TableReader & ~Copyable>(
        in transaction: borrowing Reader
    ) throws(StoreError) -> [Version] where Reader.Failure == StoreError {
        var versions: [Version] = []
        var cursor = try transaction.cursor(in: store.tables.versions)
        var isThere = try cursor.move(to: .first)
        while isThere {
            versions.append(try version(cursor.key))
            isThere = try cursor.move(to: .next)
        }
        return versions
    }

    /// All versions, ascending.
    ///
    /// - Complexity: O(versions): each manifest is read and checked.
    package func manifests<Transaction: TableReader & ~Copyable>(
        in transaction: borrowing Transaction
    ) throws(StoreError) -> [Manifest] where Transaction.Failure == StoreError {
        var manifests: [Manifest] = []
        var cursor = try transaction.cursor(in: store.tables.versions)
        var isThere = try cursor.move(to: .first)
        while isThere {
            let version = try version(cursor.key)
            manifests.append(
                try StoreError.parsing("versions", version.description, try Manifest.parse(cursor.value, version: version)))
            isThere = try cursor.move(to: .next)
        }
        return manifests
    }

    /// The manifest of a version; nil if there is no such version.
    package func manifest<Reader: TableReader & ~Copyable>(
        of version: Version, in transaction: borrowing Reader
    ) throws(StoreError) -> Manifest? where Reader.Failure == StoreError {
        guard let record = try transaction.get(version.rawValue, in: store.tables.versions) else { return nil }
        return try StoreError.parsing("versions", version.description, try Manifest.parse(record, version: version))
    }

    /// The hash that authenticates a version: of its manifest.
    package func rootHash(of version: Version, in transaction: borrowing Reading) throws(StoreError) -> BlockHash? {
        guard let record = try transaction.get(version.rawValue, in: store.tables.versions) else { return nil }
        return SealedJSON.hash(of: record)
    }

    /// The manifest that a version number or an alias leads to.
    ///
    /// - Throws: `StoreError.catalog`: no such version or alias.
    package func manifest<Reader: TableReader & ~Copyable>(
        at reference: VersionReference, in transaction: borrowing Reader
    ) throws(StoreError) -> Manifest where Reader.Failure == StoreError {
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
            // Numbers are given in order and never twice.
            if version.rawValue > 0, version < newest { throw .catalog(.pruned(version)) }
            throw .catalog(.noSuchVersion(version, newest: newest))
        }
        return manifest
    }

    /// The free-text note of a version.
    package func note(of version: Version, in transaction: borrowing Reading) throws(StoreError) -> String? {
        guard let record = try transaction.get(version.rawValue, in: store.tables.annotations) else { return nil }
        return try StoreError.parsing("annotations", version.description, try Annotation.parse(record, version: version)).note
    }

    /// Writes the free-text note of a version in place of the one it had; an empty one removes it.
    package func annotate(_ reference: VersionReference, note: String) throws(StoreError) -> Version {
        try store.requireWritable()
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            // In one transaction with the look-up: a version that is removed meanwhile gets no note.
            let version = try manifest(at: reference, in: transaction).version
            try write(note: note, of: version, in: &transaction)
            return version
        }
    }

    /// Writes a version's note in place of the one it had; an empty one is removed.
    func write(note: String, of version: Version, in transaction: inout Writing) throws(StoreError) {
        let table = store.tables.annotations
        if note.isEmpty {
            try transaction.delete(version.rawValue, in: table)
        } else {
            let annotation = Annotation(version: version, note: note)
            let record = try SealedJSON.seal(annotation, table: table.name, key: version.description)
            try transaction.put(record, at: version.rawValue, in: table)
        }
    }
}
