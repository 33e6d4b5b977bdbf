import DelimitedText
import LikenessEvaluation
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Splits a likes file into one to train on and one to test with.
///
/// A pair of user and item that the file repeats is on one side only.
///
/// ```swift
/// var split = LikesSplit()
/// split.kind = .temporal
/// split.columns.time = "created_at"
/// let report = try split.run("likes.psv", train: "train.psv", test: "test.psv")
/// ```
public struct LikesSplit: Sendable {
    /// Which likes are held out.
    public var kind = Kind.heldOut
    /// Likes held out of each chosen user, for ``Kind/heldOut``.
    public var heldOut = 5
    /// The share of the chosen users, the likes, or the items; ``Kind/leaveLastOut`` has none.
    public var fraction = 0.2
    /// Where the random numbers start. The split depends on it and on the likes alone.
    public var seed: UInt64 = 1
    /// Whether the parts take the place of files of their names.
    public var overwrites = false
    /// Which columns hold users, items and, for the splits that go by time, times.
    public var columns = LikesColumns()
    /// The file's format; nil goes by its name.
    public var format: TextFormat?

    /// The seed article's split.
    public init() {}

    /// Ways of choosing the likes to test with.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// ``LikesSplit/heldOut`` likes of a random share of the users that have at least twice as many: the seed article's split.
        case heldOut = "held-out"
        /// A random share of the likes.
        case random
        /// The last like, by time, of each user with at least two.
        case leaveLastOut = "leave-last-out"
        /// The latest share of the likes, by time; likes of one moment stay together.
        case temporal
        /// All likes of a random share of the items, so that these are unknown to the training.
        case coldItems = "cold-items"

        /// Whether the split goes by the likes' times.
        public var needsTimes: Bool { self == .leaveLastOut || self == .temporal }
    }

    /// The result of a split.
    public struct Report: Sendable, Codable, Equatable {
        /// Which likes were held out.
        public let kind: Kind
        /// Rows of both files; malformed rows go to neither.
        public let trainRows: Int
        /// Rows of the file to test with.
        public let testRows: Int
        /// Users that likes were held out of.
        public let testUsers: Int
        /// Rows that are in neither file.
        public let malformedRows: Int
    }

    /// Reads the file twice and writes both parts, each in place when it is whole.
    ///
    /// - Throws: `IngestError`: the file cannot be read, lacks a column or a time, or a part cannot be written.
    /// - Complexity: O(rows); memory for the ids.
    public func run(_ path: String, train: String, test: String) throws(IngestError) -> Report {
        if path == "-" { throw .file("a split reads its file twice, so it cannot be standard input. Give a file") }
        if LikesSplit.isSame(train, test) {
            throw .file("\(train): one part would replace the other. Give each part a file of its own")
        }
        do throws(OutputError) {
            for part in [train, test] { try OutputFile.check(part, overwriting: overwrites, protecting: [path]) }
        } catch {
            throw .file(error.description)
        }
        var columns = columns
        if !kind.needsTimes { columns.time = nil }
        let pairs = try PairsFile(path, columns: columns, format: format)
        let users = LikesSplit.ranked(pairs.users, pairs.userIds)
        let items = LikesSplit.ranked(pairs.items, pairs.itemIds)
        let held: Set<Int>
        do {
            held = Set(try split.testPositions(users: users, items: items, times: pairs.times, seed: seed))
        } catch {
            throw .file(error.description)
        }
        var malformed = 0
        var row = 0
        // The second reading cuts rows exactly as the first.
        var options = IngestOptions()
        options.format = format
        let file: TextFile
        do { file = try TextFile(path: path) } catch { throw .file(error.description) }
        let layout = try TextLayout(file, path: path, options)
        if layout.isJSON { throw .file("\(path): lines of JSON cannot be split. Turn them into csv first") }
        do {
            var reader = DelimitedReader(file.source, dialect: layout.dialect, recovers: true, line: file.preambleLines + 1)
            var trainFile = try DelimitedWriter(path: train, dialect: layout.dialect, overwriting: overwrites, protecting: [path])
            var testFile = try DelimitedWriter(path: test, dialect: layout.dialect, overwriting: overwrites, protecting: [path])
            var header: Header?
            let (user, item) = (pairs.userPlace, pairs.itemPlace)
            while let record = try reader.next() {
                let isHeader = header == nil
                if isHeader {
                    header = Header(record)
                } else if record.problem != nil || record.count != header?.names.count
                    || PairsFile.reason(record, user: user, item: item) != nil
                {
                    malformed += 1
                    continue
                }
                if isHeader || held.contains(row) { try LikesSplit.copy(record, to: &testFile) }
                if isHeader || !held.contains(row) { try LikesSplit.copy(record, to: &trainFile) }
                if !isHeader { row += 1 }
            }
            try trainFile.finish()
            try testFile.finish()
        } catch {
            throw .file(error.description)
        }
        return Report(
            kind: kind, trainRows: row - held.count, testRows: held.count, testUsers: Set(held.map { users[$0] }).count,
            malformedRows: malformed)
    }

    private var split: Split {
        switch kind {
        case .heldOut: .heldOut(k: heldOut, fraction: fraction)
        case .random: .random(fraction: fraction)
        case .leaveLastOut: .leaveLastOut
        case .temporal: .temporal(fraction: fraction)
        case .coldItems: .coldItems(fraction: fraction)
        }
    }

    /// Ordinals in the order of the ids' bytes in place of those in order of appearance, so that the order of the rows does not
    /// matter to the split.
    private static func ranked(_ ordinals: [UInt32], _ ids: [String]) -> [UInt32] {
        let order = ids.indices.sorted { ids[$0].utf8.lexicographicallyPrecedes(ids[$1].utf8) }
        var ranks = [UInt32](repeating: 0, count: ids.count)
        for (rank, ordinal) in order.enumerated() { ranks[ordinal] = UInt32(rank) }
        return ordinals.map { ranks[Int($0)] }
    }

    /// Whether two paths name one file.
    private static func isSame(_ path: String, _ other: String) -> Bool {
        func file(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
        return file(path) == file(other)
    }

    private static func copy(
        _ record: borrowing DelimitedRecord, to file: inout DelimitedWriter
    ) throws(DelimitedTextError) {
        for field in 0..<record.count { try file.append(record.field(field)) }
        try file.endRecord()
    }
}
