import LMDB
import LikenessFormat

extension Store {
    /// Writes every version that has forgotten rows anew, under its own number.
    ///
    /// Its manifest changes in one transaction with its note and with the indexes of approximate search, after its blocks were written.
    func eraseVersions(_ forgetting: Forgetting, _ report: inout ForgetReport) throws(StoreError) {
        // A prune must not take blocks that no manifest leads to yet.
        let kept = try keepBlocks()
        let versions = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try catalog.versions(in: transaction)
        }
        for version in versions {
            let manifest = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try catalog.manifest(of: version, in: transaction)
            }
            guard let manifest, let changed = try ForgottenRows(self, forgetting).removed(from: manifest, self) else { continue }
            report.indexes += try environment.write { (transaction: inout Writing) throws(StoreError) in
                try replace(manifest, by: changed, forgetting, in: &transaction)
            }
            report.versions.append(version.rawValue)
        }
        _ = consume kept
    }

    /// - Returns: how many indexes were removed.
    private func replace(
        _ manifest: Manifest, by changed: Manifest, _ forgetting: Forgetting, in transaction: inout Writing
    ) throws(StoreError) -> Int {
        let (version, key) = (manifest.version, manifest.version.description)
        // A version that was pruned meanwhile needs nothing.
        guard try catalog.manifest(of: version, in: transaction) != nil else { return 0 }
        try StoreError.parsing("versions", key, try changed.check())
        try References.require(changed.roots, in: transaction, tables)
        let record = try SealedJSON.seal(changed, table: "versions", key: key)
        try transaction.put(record, at: version.rawValue, in: tables.versions)
        var note = ""
        if let before = try transaction.get(version.rawValue, in: tables.annotations) {
            note = try StoreError.parsing("annotations", key, try Annotation.parse(before, version: version)).note + "; "
        }
        let (users, items) = (forgetting.users.count, forgetting.items.count)
        let what = [(users, "user"), (items, "item")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        try catalog.write(note: note + what.joined(separator: " and ") + " forgotten since", of: version, in: &transaction)
        var removed = 0
        for kind in RowKind.allCases {
            let place = SearchIndexKey(version, kind)
            if !forgetting[kind].isEmpty {
                removed += try SearchIndexes(tables).remove(version, kind, in: &transaction)
                continue
            }
            guard let bytes = try transaction.get(place.bytes, in: tables.indexes)?.copied else { continue }
            var index = try StoreError.parsing(
                tables.indexes.name, "\(key) \(kind.matrixPrefix)", try unsafe SearchIndexRecord.parse(bytes.span.bytes, key: place))
            index.manifest = unsafe SealedJSON.hash(of: record.span.bytes)?.hexadecimal ?? index.manifest
            try transaction.put(
                SealedJSON.seal(index, table: tables.indexes.name, key: key), at: place.bytes, in: tables.indexes)
        }
        return removed
    }
}
