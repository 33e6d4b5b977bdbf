import DelimitedText
import LikenessFormat
import LikenessStore

/// Checks rows of likes and hands them to the store's writers, one for likes and, where ratings tell, one for dislikes; or to the one that
/// takes them back.
///
/// A batch becomes durable kind by kind. So that the last row on a pair wins, a batch ends early when a pair comes as both.
struct LikesIntake: ~Copyable {
    private let places: LikesPlaces
    private let options: IngestOptions
    // What each row needs, outside the structures that hold it.
    private let userPlace: Int
    private let itemPlace: Int
    private let namePlace: Int?
    private let plain: LikesPlaces.Values
    private let isPlain: Bool
    private let trims: Bool
    private let isDryRun: Bool
    private let hasBoth: Bool
    private var writer: LikesWriter?
    private var dislikes: LikesWriter?
    private var remover: LikesRemover?
    private var pairs: [Set<UInt64>] = [[], []]
    private var early = BatchCounts()
    private var failure: StoreError?
    private var taken = BatchCounts()
    private(set) var sample: [[String]] = []
    private(set) var oddId = OddId()
    private static let sampleRows = 5

    /// - Parameter store: nil for a dry run.
    init(_ places: LikesPlaces, _ options: IngestOptions, _ store: Store?, hasRating: Bool) {
        self.places = places
        self.options = options
        (userPlace, itemPlace, namePlace) = (places.user, places.item, places.name)
        plain = LikesPlaces.Values(kind: options.kind)
        (isPlain, trims) = (places.isPlain, options.trims)
        isDryRun = store == nil
        hasBoth = !isDryRun && !options.takesBack && hasRating && options.dislikeBelow != nil
        let rule = options.duplicateRule(hasWeights: places.shape.contains(.weights))
        if let store, options.takesBack {
            remover = LikesRemover(store, hasTimes: places.shape.contains(.times))
        } else if let store {
            writer = LikesWriter(store, kind: options.kind, shape: places.shape, rule: rule)
            if hasBoth { dislikes = LikesWriter(store, kind: .dislike, shape: places.shape, rule: rule) }
        }
    }

    /// Checks a row and keeps it for the next batch.
    mutating func take(_ record: borrowing DelimitedRecord) -> RowOutcome {
        var user = unsafe record.unsafeField(userPlace)
        var item = unsafe record.unsafeField(itemPlace)
        if trims {
            unsafe user = FieldChecks.trimmed(user)
            unsafe item = FieldChecks.trimmed(item)
        }
        if let reason = FieldChecks.identifier(unsafe RawSpan(_unsafeBytes: user), "user id") { return .rejected(reason) }
        if let reason = FieldChecks.identifier(unsafe RawSpan(_unsafeBytes: item), "item id") { return .rejected(reason) }
        if let name = namePlace, let reason = FieldChecks.text(record.field(name), "name") { return .rejected(reason) }
        var values = plain
        if !isPlain {
            switch places.values(record) {
            case .failure(let fault): return .rejected(fault.reason)
            case .success(nil): return .passedOver
            case .success(.some(let found)): values = found
            }
        }
        unsafe oddId.look(at: user)
        unsafe oddId.look(at: item)
        if isDryRun {
            unsafe show(record, values, user: user, item: item)
            if options.takesBack {
                taken.takenBack += 1
                return .taken(1)
            }
            taken.accepted += 1
            if values.kind == .dislike { taken.dislikes += 1 }
            return .taken(1)
        }
        if options.takesBack {
            unsafe remover?.add(user: user, item: item, time: values.time)
            return .taken(1)
        }
        let isOther = hasBoth && values.kind == .dislike
        if hasBoth { unsafe endBatchIfBoth(user, item, isOther) }
        let name = unsafe namePlace.map { unsafe record.unsafeField($0) }
        if isOther {
            unsafe dislikes?.add(user: user, item: item, name: name, weight: values.weight, time: values.time)
        } else {
            unsafe writer?.add(user: user, item: item, name: name, weight: values.weight, time: values.time)
        }
        return .taken(1)
    }

    /// Makes what was taken durable.
    ///
    /// - Parameter waits: whether it is durable when this returns; otherwise it may become so while further rows are taken, and is counted then.
    mutating func commit(waits: Bool = true) throws(StoreError) -> BatchCounts {
        if let failure { throw failure }
        var counts = early
        if isDryRun {
            counts = taken
            taken = BatchCounts()
        }
        early = BatchCounts()
        if let gone = try remover?.commit() {
            counts.takenBack += gone.takenBack
            counts.notThere += gone.notThere
            counts.lastSequence = gone.lastSequence.rawValue
        }
        // Likes and dislikes must keep their order.
        let kept: LikesWriter.Counts?
        if waits || dislikes != nil { kept = try writer?.commit() } else { kept = try writer?.commitAlongside() }
        if let kept {
            counts.accepted += kept.accepted
            counts.updated += kept.updated
            counts.duplicates += kept.duplicates
            counts.lastSequence = kept.lastSequence.rawValue
            if options.kind == .dislike { counts.dislikes += kept.accepted }
        }
        if let kept = try dislikes?.commit() {
            counts.accepted += kept.accepted
            counts.updated += kept.updated
            counts.duplicates += kept.duplicates
            counts.dislikes += kept.accepted
            counts.lastSequence = kept.lastSequence.rawValue
        }
        if dislikes != nil { pairs = [[], []] }
        return counts
    }

    private mutating func endBatchIfBoth(_ user: UnsafeRawBufferPointer, _ item: UnsafeRawBufferPointer, _ isOther: Bool) {
        // Two pairs of one hash end a batch early, which does no harm.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in 0..<user.count { hash = (hash ^ UInt64(unsafe user[index])) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
        for index in 0..<item.count { hash = (hash ^ UInt64(unsafe item[index])) &* 0x0000_0100_0000_01B3 }
        if pairs[isOther ? 0 : 1].contains(hash) {
            do { early = try commit() } catch { failure = error }
        }
        pairs[isOther ? 1 : 0].insert(hash)
    }

    private mutating func show(
        _ record: borrowing DelimitedRecord, _ values: LikesPlaces.Values, user: UnsafeRawBufferPointer, item: UnsafeRawBufferPointer
    ) {
        if sample.count > LikesIntake.sampleRows { return }
        if sample.isEmpty { sample = [["line", "user", "item", "name", "kind", "weight", "time"]] }
        let milliseconds = values.time
        let day = milliseconds.map { time in
            let seconds = Int((time % 86_400_000) / 1_000)
            func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
            return CivilDate(days: Int(time / 86_400_000)).description
                + " \(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)) UTC"
        }
        sample.append([
            String(record.line), unsafe String(decoding: user, as: UTF8.self), unsafe String(decoding: item, as: UTF8.self),
            places.name.map { record.text($0) } ?? "",
            options.takesBack ? "taken back" : values.kind == .dislike ? "dislike" : "like", "\(values.weight)", day ?? "",
        ])
    }
}
