/// What one epoch did.
package struct EpochReport: Sendable, Codable, Equatable {
    /// Counted from 1 over all runs of the state, so that it goes on after a resume.
    package var epoch: Int
    /// Entries that were visited.
    package var examples: Int
    /// Steps that were made.
    package var updates: Int
    /// The loss by entry: surprise (BPR, logistic), or the rank loss times how far the margin was missed (WARP).
    package var meanLoss: Double
    /// How long it took, without what the progress call-back did.
    package var seconds: Double
    /// Entries visited in a second.
    package var likesPerSecond: Double { seconds > 0 ? Double(examples) / seconds : 0 }
}

/// What a run tells while it goes on.
package enum TrainingProgress: Sendable {
    /// Part of an epoch is done; a few times a second.
    case tick(epoch: Int, examplesDone: Int, examplesInEpoch: Int, meanLoss: Double, seconds: Double)
    /// An epoch is done and all parameters are finite.
    case epoch(EpochReport)
}

/// What the receiver of progress wants next.
package enum TrainingDecision: Sendable {
    case carryOn
    case stop
}

/// How a run ended.
package enum TrainingOutcome: Sendable, Equatable {
    /// All epochs were done.
    case finished
    /// Stopped when an epoch was complete: the model is as if only so many epochs had been asked for, and may be kept.
    case stoppedAfter(epoch: Int)
    /// Stopped within an epoch: the parameters are finite or not, but belong to no epoch; do not keep the model.
    case stoppedWithin(epoch: Int)
}

/// What decides all random numbers of the epochs to come; keep it with the model to resume exactly.
package struct TrainingState: Sendable, Codable, Equatable {
    /// Where the random numbers start.
    package var seed: UInt64
    /// Epochs trained so far.
    package var epochsDone: Int

    package init(seed: UInt64, epochsDone: Int = 0) {
        self.seed = seed
        self.epochsDone = epochsDone
    }
}
