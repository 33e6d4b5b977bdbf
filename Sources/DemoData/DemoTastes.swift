import DelimitedText
import RandomNumbers

/// Who likes what in a demo, drawn user by user.
struct DemoTastes {
    private let catalogue: DemoCatalogue
    private let data: DemoData
    private var generator: SplitMix64
    private let names: [String]
    /// The last user who liked each item, plus one.
    private var lastFan: [UInt32]
    private var isCovered: [Bool]
    private var uncoveredCount: Int
    /// For each theme, how many of its items from the end are known to be covered.
    private var coveredFromEnd: [Int]
    private var firstUncoveredTheme = 0

    init(_ catalogue: DemoCatalogue, data: DemoData) {
        self.catalogue = catalogue
        self.data = data
        generator = SplitMix64(seed: SplitMix64.mix(data.seed &+ 19))
        let count = data.items + catalogue.newItemCount
        names = (0..<count).map { catalogue.name(of: $0) }
        lastFan = [UInt32](repeating: 0, count: count)
        isCovered = [Bool](repeating: false, count: count)
        uncoveredCount = data.items
        coveredFromEnd = [Int](repeating: 0, count: catalogue.themes.count)
    }

    /// Writes all likes; returns how many are distinct.
    mutating func writeLikes(to writer: inout DelimitedWriter) throws(DelimitedTextError) -> Int {
        try writer.write(["modelname", "mid", "uid"])
        var repeats = data.likes * 9 / 1000
        let distinct = data.likes - repeats
        var left = distinct
        var liked: [UInt32] = []
        for (user, quota) in quotas(of: distinct).enumerated() {
            let identifier = DemoIdentifier(.user, user, seed: data.seed)
            let favourites = favouriteThemes(of: user)
            liked.removeAll(keepingCapacity: true)
            for _ in 0..<quota {
                let item = pick(favourites, fan: UInt32(user + 1), likesLeft: left)
                liked.append(UInt32(item))
                try write(item, identifier, to: &writer)
                if generator.below(left) < repeats {
                    repeats -= 1
                    try write(Int(liked[generator.below(liked.count)]), identifier, to: &writer)
                }
                left -= 1
            }
        }
        return distinct
    }

    /// Writes later likes: a twentieth of the rows are by as many new users, and some go to new items. An old user's like
    /// may be one that the first file has already.
    mutating func writeNewLikes(to writer: inout DelimitedWriter) throws(DelimitedTextError) {
        try writer.write(["modelname", "mid", "uid"])
        let newUsers = max(1, data.newLikes / 100)
        var left = data.newLikes
        var fan = UInt32.max
        while left > 0 {
            let user = generator.happens(25) ? data.users + generator.below(newUsers) : generator.skewed(data.users)
            let identifier = DemoIdentifier(.user, user, seed: data.seed)
            let favourites = favouriteThemes(of: user)
            fan -= 1
            for _ in 0..<min(left, 1 + generator.below(6)) {
                let isNew = generator.happens(20)
                let item =
                    isNew
                    ? data.items + generator.below(catalogue.newItemCount) : pick(favourites, fan: fan, likesLeft: 1)
                try write(item, identifier, to: &writer)
                left -= 1
            }
        }
    }

    private func write(_ item: Int, _ user: DemoIdentifier, to writer: inout DelimitedWriter)
        throws(DelimitedTextError)
    {
        try writer.append(names[item])
        let identifier = catalogue.identifier(of: item)
        try identifier.append(to: &writer)
        try user.append(to: &writer)
        try writer.endRecord()
    }

    /// How many items each user likes: one, and a share of the rest by a long tail, in no order.
    private mutating func quotas(of likes: Int) -> [Int] {
        let most = max(1, data.items / 2)
        var ranks = Array(0..<data.users)
        for i in ranks.indices.dropFirst() { ranks.swapAt(i, generator.below(i + 1)) }
        let weights = ranks.map { 1 / (Double($0 + 10) * Double($0 + 10).squareRoot().squareRoot()).squareRoot() }
        let total = weights.reduce(0, +)
        let extra = Double(max(0, likes - data.users))
        var quotas = weights.map { min(most, 1 + Int(extra * $0 / total)) }
        var left = likes - quotas.reduce(0, +)
        var user = 0
        while left != 0 {
            if left > 0, quotas[user] < most {
                quotas[user] += 1
                left -= 1
            } else if left < 0, quotas[user] > 0 {
                quotas[user] -= 1
                left += 1
            }
            user = (user + 1) % data.users
        }
        return quotas
    }

    /// A theme, and others of its subject or its style; a user's taste stays the same.
    private func favouriteThemes(of user: Int) -> [Int] {
        var generator = SplitMix64(seed: SplitMix64.mix(data.seed &+ 23 &+ UInt64(user) << 8))
        let (subjects, styles) = (catalogue.subjectCount, catalogue.styleCount)
        let first = generator.happens(60) ? generator.skewed(subjects * styles) : generator.below(subjects * styles)
        let (subject, style) = (first % subjects, first / subjects)
        // The first counts three times.
        return [
            first, first, first, generator.below(styles) * subjects + subject,
            style * subjects + generator.below(subjects),
        ]
    }

    /// An item that this fan does not like yet.
    private mutating func pick(_ favourites: [Int], fan: UInt32, likesLeft: Int) -> Int {
        let theme = favourites[generator.below(favourites.count)]
        // Selection sampling: by the last like, every item has had its turn.
        if uncoveredCount > 0, generator.below(likesLeft) < uncoveredCount { return take(uncovered(in: theme), fan) }
        for _ in 0..<12 {
            let theme = generator.happens(8) ? generator.below(catalogue.themes.count) : theme
            let items = catalogue.themes[theme].items
            guard !items.isEmpty else { continue }
            let item = Int(items[generator.skewed(items.count)])
            if lastFan[item] != fan { return take(item, fan) }
        }
        while true {
            let item = generator.below(data.items)
            if lastFan[item] != fan { return take(item, fan) }
        }
    }

    private mutating func take(_ item: Int, _ fan: UInt32) -> Int {
        lastFan[item] = fan
        if !isCovered[item] {
            isCovered[item] = true
            uncoveredCount -= 1
        }
        return item
    }

    /// An item that nobody likes yet, of this theme if it has one.
    private mutating func uncovered(in theme: Int) -> Int {
        var theme = theme
        while true {
            let items = catalogue.themes[theme].items
            while coveredFromEnd[theme] < items.count {
                let item = Int(items[items.count - 1 - coveredFromEnd[theme]])
                if !isCovered[item] { return item }
                coveredFromEnd[theme] += 1
            }
            if theme != firstUncoveredTheme {
                theme = firstUncoveredTheme
            } else {
                firstUncoveredTheme += 1
                theme = firstUncoveredTheme
            }
        }
    }
}
