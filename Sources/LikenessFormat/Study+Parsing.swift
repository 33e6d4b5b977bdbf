extension Study {
    /// Settings to start with that a study may have.
    private static let startLimit = 1_000

    /// Checks the record of a study and reads it.
    package static func parse(_ record: RawSpan, number: UInt64) throws(Damage) -> Study {
        let study = try SealedJSON.open(record, as: Study.self)
        guard study.number == number else { throw Damage("it is the record of study \(study.number)") }
        try study.check()
        return study
    }

    /// Checks that all numbers are ones that a study can have.
    package func check() throws(Damage) {
        guard StudyKey.range.contains(number) else { throw Damage("there is no study \(number)") }
        guard watermark.rawValue <= SequenceNumber.range.upperBound else { throw Damage("its watermark is \(watermark)") }
        guard SettingValue.name(metric).isSound else { throw Damage("its metric has \(metric.utf8.count) bytes") }
        let counts = 0...Int(UInt32.max)
        guard counts.contains(initialTrials), counts.contains(heldOut), heldOut > 0, fraction > 0, fraction <= 1,
            counts.contains(minimumUserLikes), counts.contains(minimumItemLikes)
        else { throw Damage("its likes cannot be held out as it says") }
        guard starts.count <= Study.startLimit, starts.allSatisfy(\.isSound) else { throw Damage("its settings to start with are none") }
        if let test {
            let figures = [test.best, test.standard ?? 0, test.low ?? 0, test.high ?? 0]
            guard StudyKey.range.contains(test.trial), counts.contains(test.reads), counts.contains(test.users),
                figures.allSatisfy(\.isFinite)
            else { throw Damage("its test has numbers that cannot be") }
        }
    }
}

extension Trial {
    /// Points that a curve may have.
    private static let pointLimit = 10_000

    /// Checks the record of a trial and reads it.
    package static func parse(_ record: RawSpan, key: TrialKey) throws(Damage) -> Trial {
        let trial = try SealedJSON.open(record, as: Trial.self)
        guard trial.study == key.study, trial.number == key.trial else {
            throw Damage("it is the record of trial \(trial.number) of study \(trial.study)")
        }
        guard trial.settings.isSound else { throw Damage("its settings are none") }
        guard trial.seconds.isFinite, trial.seconds >= 0 else { throw Damage("it took \(trial.seconds) seconds") }
        guard trial.curve.count <= Trial.pointLimit, trial.curve.allSatisfy({ $0.value.isFinite }) else {
            throw Damage("its curve has points that cannot be")
        }
        var last = 0
        for point in trial.curve {
            guard point.epochs >= last, point.epochs <= Int(UInt32.max) else { throw Damage("the epochs of its curve do not ascend") }
            last = point.epochs
        }
        guard trial.curve.isEmpty == (trial.failure != nil) else { throw Damage("it has both a curve and a failure, or neither") }
        return trial
    }
}
