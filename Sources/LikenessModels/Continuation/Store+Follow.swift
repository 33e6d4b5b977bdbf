import LMDB
import LikenessFormat
public import LikenessStore
import Platform

/// When a stream of likes becomes versions, and which of them stay.
public struct FollowOptions: Sendable {
    /// How each version is made. After the first one the alias that it moves is continued, or without an alias the version itself.
    public var continuation = FitPartialOptions()
    /// A version is made as soon as so many events wait,
    public var likes = 1_000
    /// or when the first of fewer has waited for so many seconds.
    public var seconds = 60.0
    /// Which versions a prune keeps.
    public var policy = RetentionPolicy()
    /// After how many new versions old ones are pruned; 0 for never.
    public var pruneEvery = 10
    /// How many versions are made; nil for as many as there are likes for.
    public var mostVersions: Int?
    /// How often the log is looked at, in milliseconds.
    public var pollMilliseconds = 200

    /// The defaults.
    public init() {}
}

/// What happens while a stream is followed.
public enum FollowEvent: Sendable {
    /// So many events wait.
    case waiting(Int)
    /// A version was made.
    case published(FitReport)
    /// Events came that concern no user or item of the version and bring none: no version was made of so many.
    case nothingToLearn(events: Int)
    /// Old versions were removed.
    case pruned(PruneReport)
}

extension Store {
    /// Makes a version of new likes whenever enough of them have come, until it is told to stop.
    ///
    /// It runs beside ingest, queries and fits, holds no transaction while it waits, and can be ended at any moment: what is published is
    /// durable, and what is not is made anew from the log. A version that somebody else puts in force, such as a full fit, is the one that is
    /// continued next.
    ///
    /// ```swift
    /// try store.follow { event in
    ///     if case .published(let report) = event { print("v\(report.version)") }
    ///     return !Task.isCancelled
    /// }
    /// ```
    /// - Parameter body: called after each look at the log and in the midst of each continuation; returns false to stop.
    /// - Returns: how many versions it made.
    /// - Throws: `FitError`: there is no version to continue, or what a continuation throws, but not that it was stopped.
    @discardableResult
    public func follow(_ options: FollowOptions = FollowOptions(), _ body: (FollowEvent) -> Bool) throws(FitError) -> Int {
        var next = options.continuation
        guard options.likes > 0 else { throw .badOption(name: "likes", value: "\(options.likes)", rule: "it must be at least 1") }
        guard options.seconds > 0 else { throw .badOption(name: "seconds", value: "\(options.seconds)", rule: "it must be more than 0") }
        let clock = ContinuousClock()
        var (made, sincePrune) = (0, 0)
        var firstWaited: ContinuousClock.Instant?
        // Events up to this one brought no version.
        var passed = SequenceNumber.zero
        while made < options.mostVersions ?? .max {
            let (watermark, last) = try position(of: next.parent)
            let waiting = Int(last.rawValue - min(max(watermark, passed).rawValue, last.rawValue))
            if !body(.waiting(waiting)) { return made }
            firstWaited = waiting == 0 ? nil : firstWaited ?? clock.now
            let isLate = firstWaited.map { (clock.now - $0) / .seconds(1) >= options.seconds } ?? false
            guard waiting >= options.likes || isLate else {
                SystemThread.pause(microseconds: UInt32(clamping: options.pollMilliseconds * 1_000))
                continue
            }
            firstWaited = nil
            let report: FitReport?
            do throws(FitError) {
                report = try fitPartial(next) { _ in body(.waiting(waiting)) }
            } catch .stopped {
                return made
            }
            guard let report else {
                passed = last
                if !body(.nothingToLearn(events: waiting)) { return made }
                continue
            }
            made += 1
            sincePrune += 1
            next.parent = options.continuation.alias.map { .alias($0) } ?? .version(Version(rawValue: report.version))
            if !body(.published(report)) { return made }
            if let reason = report.aliasWithheld, let alias = options.continuation.alias {
                // The next version would continue the same parent on the same events.
                throw .aliasWithheld(Version(rawValue: report.version), alias: alias, reason: reason)
            }
            if sincePrune == options.pruneEvery {
                sincePrune = 0
                do { if !body(.pruned(try prune(options.policy))) { return made } } catch { throw .store(error) }
            }
        }
        return made
    }

    /// The watermark of a version, and the last event of the log.
    private func position(of reference: VersionReference) throws(FitError) -> (watermark: SequenceNumber, last: SequenceNumber) {
        do {
            return try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                (
                    try catalog.manifest(at: reference, in: transaction).watermark,
                    try LikesLog(tables).lastSequence(in: transaction)
                )
            }
        } catch {
            throw .store(error)
        }
    }
}
