/// A search for the best settings: what is searched, on which likes, and what it ended with. Its trials are records of their own.
public struct Study: Sendable, Codable, Equatable {
    /// The study's number, from 1 in the order in which studies began.
    public package(set) var number: UInt64
    /// When it began, in milliseconds since 1970-01-01 UTC.
    public let created: Int64
    /// Who began it, as the system names them.
    public let creator: String
    /// The last like that it knows: likes that come later have no part in it.
    public let watermark: SequenceNumber
    /// What is searched for the greatest value of, such as `ndcg@10`.
    public let metric: String
    /// Where all random numbers start: of the splits, the search and the trainings.
    public let seed: UInt64
    /// Random settings that are tried after those to start with, before the search is guided.
    public let initialTrials: Int
    /// Likes held out of each chosen user, once to test with and once to search by.
    public let heldOut: Int
    /// The share of the users that have enough likes who are chosen, each time.
    public let fraction: Double
    /// Users with fewer likes left to train on, and items with fewer, have no part in a training.
    public let minimumUserLikes: Int
    /// The same for items.
    public let minimumItemLikes: Int
    /// Settings that are tried first.
    public let starts: [TrialSettings]
    /// What is searched, as its writer encodes it.
    package let space: JSONValue
    /// How the best settings do on the test likes; nil until a search has ended.
    public package(set) var test: StudyTest?

    package init(
        number: UInt64 = 1, created: Int64, creator: String, watermark: SequenceNumber, metric: String, seed: UInt64, initialTrials: Int,
        heldOut: Int, fraction: Double, minimumUserLikes: Int, minimumItemLikes: Int, starts: [TrialSettings], space: JSONValue,
        test: StudyTest? = nil
    ) {
        (self.number, self.created, self.creator, self.watermark) = (number, created, creator, watermark)
        (self.metric, self.seed, self.initialTrials) = (metric, seed, initialTrials)
        (self.heldOut, self.fraction) = (heldOut, fraction)
        (self.minimumUserLikes, self.minimumItemLikes) = (minimumUserLikes, minimumItemLikes)
        (self.starts, self.space, self.test) = (starts, space, test)
    }
}

/// How the best settings of a study, and the default settings, do on test likes that the search has not seen.
public struct StudyTest: Sendable, Codable, Equatable {
    /// The trial whose settings were tested.
    public let trial: UInt64
    /// How often test likes of the study were looked at, this time included.
    public let reads: Int
    /// Users with test likes.
    public let users: Int
    /// The study's metric with the best settings.
    public let best: Double
    /// The study's metric with the settings that a fit has by itself; nil if these failed.
    public let standard: Double?
    /// Where the 95 % interval of best − standard begins: a paired bootstrap over the users.
    public let low: Double?
    /// Where the interval ends.
    public let high: Double?

    package init(trial: UInt64, reads: Int, users: Int, best: Double, standard: Double?, low: Double?, high: Double?) {
        (self.trial, self.reads, self.users, self.best) = (trial, reads, users, best)
        (self.standard, self.low, self.high) = (standard, low, high)
    }
}

/// One training of a study that has ended, and how well it ranks the likes that the search goes by.
public struct Trial: Sendable, Codable, Equatable {
    /// Where a trial's settings come from.
    public enum Origin: String, Sendable, Codable {
        /// They were named before the search began.
        case start
        /// They were drawn at random.
        case random
        /// The search expected most of them, for their time.
        case model
    }

    /// Why a training ended before its last epoch.
    public enum Stop: String, Sendable, Codable {
        /// It was worse than the median of the trials before it.
        case behind
    }

    /// The metric after so many epochs.
    public struct Point: Sendable, Codable, Equatable {
        /// Epochs trained by then.
        public let epochs: Int
        /// The metric.
        public let value: Double

        package init(epochs: Int, value: Double) {
            self.epochs = epochs
            self.value = value
        }
    }

    /// The study that it belongs to.
    public let study: UInt64
    /// Its number in the study, from 1.
    public let number: UInt64
    /// What it was trained with.
    public let settings: TrialSettings
    /// Where the settings come from.
    public let origin: Origin
    /// The metric as training went on, in the order of the epochs; empty if the training failed.
    public let curve: [Point]
    /// Why there is no curve, in words.
    public let failure: String?
    /// Why the curve ends before the last number of epochs; nil if it does not.
    public let stop: Stop?
    /// Training and measuring.
    public let seconds: Double

    package init(
        study: UInt64, number: UInt64, settings: TrialSettings, origin: Origin, curve: [Point], failure: String? = nil,
        stop: Stop? = nil, seconds: Double
    ) {
        (self.study, self.number, self.settings, self.origin) = (study, number, settings, origin)
        (self.curve, self.failure, self.stop, self.seconds) = (curve, failure, stop, seconds)
    }

    /// The best point, the first of several; nil if the training failed, which counts as worse than any other.
    public var best: Point? {
        var best: Point?
        for point in curve where best.map({ point.value > $0.value }) ?? true { best = point }
        return best
    }
}

/// The key of a study's record.
package struct StudyKey: Equatable, Sendable {
    package let study: UInt64
    /// Numbers that studies and trials may have.
    static let range: ClosedRange<UInt64> = 1...1 << 32

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount == 8 else { throw Damage("the key of a study has 8 bytes, and this one has \(key.byteCount)") }
        study = UInt64(bigEndian: key.littleEndian(at: 0))
        guard StudyKey.range.contains(study) else { throw Damage("there is no study \(study)") }
    }
}

/// The key of a trial's record: its study's number and its own. It comes after its study's key and before the next one's.
package struct TrialKey: Equatable, Sendable {
    package let study: UInt64
    package let trial: UInt64

    package init(study: UInt64, trial: UInt64) {
        self.study = study
        self.trial = trial
    }

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount == 16 else { throw Damage("the key of a trial has 16 bytes, and this one has \(key.byteCount)") }
        study = UInt64(bigEndian: key.littleEndian(at: 0))
        trial = UInt64(bigEndian: key.littleEndian(at: 8))
        guard StudyKey.range.contains(study), StudyKey.range.contains(trial) else {
            throw Damage("there is no trial \(trial) of study \(study)")
        }
    }

    /// The key as it is written.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: study.byteSwapped)
        bytes.append(littleEndian: trial.byteSwapped)
        return bytes
    }
}
