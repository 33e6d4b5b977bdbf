package import LMDB
package import LikenessFormat

/// The searches for settings that a store keeps, and their trials.
package struct Studies: Sendable {
    private let store: StoreReader

    package init(_ store: StoreReader) {
        self.store = store
    }

    private var table: Table { store.tables.studies }

    /// All studies, in the order in which they began.
    ///
    /// - Complexity: O(studies): the trials are passed over.
    package func all<Reader: TableReader & ~Copyable>(
        in transaction: borrowing Reader
    ) throws(StoreError) -> [Study] where Reader.Failure == StoreError {
        var studies: [Study] = []
        var cursor = try transaction.cursor(in: table)
        var isThere = try cursor.move(to: .first)
        while isThere {
            let number: UInt64
            if cursor.key.byteCount == 16 {
                // A trial whose study is not there: the next study is looked for all the same.
                number = try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in try TrialKey(key).study }
            } else {
                number = try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in try StudyKey(key).study }
                studies.append(try StoreError.parsing(table.name, "\(number)", try Study.parse(cursor.value, number: number)))
            }
            isThere = try cursor.move(toFirstNotLessThan: number + 1)
        }
        return studies
    }

    /// A study; nil if there is none of that number.
    package func study<Reader: TableReader & ~Copyable>(
        _ number: UInt64, in transaction: borrowing Reader
    ) throws(StoreError) -> Study? where Reader.Failure == StoreError {
        guard let record = try transaction.get(number, in: table) else { return nil }
        return try StoreError.parsing(table.name, "\(number)", try Study.parse(record, number: number))
    }

    /// The trials of a study, in the order in which they ended.
    ///
    /// - Complexity: O(trials).
    package func trials<Reader: TableReader & ~Copyable>(
        of study: UInt64, in transaction: borrowing Reader
    ) throws(StoreError) -> [Trial] where Reader.Failure == StoreError {
        var trials: [Trial] = []
        var cursor = try transaction.cursor(in: table)
        var isThere = try cursor.move(toFirstNotLessThan: TrialKey(study: study, trial: 1).bytes)
        while isThere {
            guard cursor.key.byteCount == 16 else { break }
            let key = try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in try TrialKey(key) }
            guard key.study == study else { break }
            trials.append(try StoreError.parsing(table.name, "\(study) \(key.trial)", try Trial.parse(cursor.value, key: key)))
            guard key.trial == UInt64(trials.count) else {
                throw .damaged(table: table.name, key: "\(study) \(key.trial)", reason: "trial \(trials.count) is missing")
            }
            isThere = try cursor.move(to: .next)
        }
        return trials
    }

    /// Keeps a study that begins, and gives it its number.
    package func begin(_ draft: Study) throws(StoreError) -> Study {
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            var study = draft
            study.number = (try newest(in: transaction) ?? 0) + 1
            try put(study, in: &transaction)
            return study
        }
    }

    /// Keeps a trial that has ended.
    ///
    /// - Returns: false if the study has a trial of that number already, which stays as it is: another process goes on with the study.
    package func add(_ trial: Trial) throws(StoreError) -> Bool {
        let key = TrialKey(study: trial.study, trial: trial.number)
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            let record = try SealedJSON.seal(trial, table: table.name, key: "\(key.study) \(key.trial)")
            return try transaction.insert(record, at: key.bytes, in: table)
        }
    }

    /// Keeps what the test likes said.
    package func finish(_ number: UInt64, test: StudyTest) throws(StoreError) -> Study {
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            guard var study = try self.study(number, in: transaction) else {
                throw .damaged(table: table.name, key: "\(number)", reason: "the study is missing")
            }
            study.test = test
            try put(study, in: &transaction)
            return study
        }
    }

    private func put(_ study: Study, in transaction: inout Writing) throws(StoreError) {
        let key = "\(study.number)"
        try StoreError.parsing(table.name, key, try study.check())
        try transaction.put(SealedJSON.seal(study, table: table.name, key: key), at: study.number, in: table)
    }

    /// The greatest number of a study.
    package func newest<Reader: TableReader & ~Copyable>(
        in transaction: borrowing Reader
    ) throws(StoreError) -> UInt64? where Reader.Failure == StoreError {
        var cursor = try transaction.cursor(in: table)
        guard try cursor.move(to: .last) else { return nil }
        return try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in
            try key.byteCount == 16 ? TrialKey(key).study : StudyKey(key).study
        }
    }
}
