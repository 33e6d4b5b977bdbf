import DelimitedText
import RandomNumbers

/// The items of a demo: themes, names, tags.
struct DemoCatalogue {
    /// A subject in a style.
    struct Theme {
        var subject: Int
        var style: Int
        /// Tags of this theme alone, as positions in the list of tags.
        var details: [Int] = []
        /// Its items, the most popular first.
        var items: [UInt32] = []
    }

    let seed: UInt64
    let itemCount: Int
    /// Items that only the later likes know.
    let newItemCount: Int
    let subjectCount: Int
    let styleCount: Int
    private(set) var themes: [Theme]
    private let tags: [String]
    private let themeOfItem: [UInt32]

    init(_ data: DemoData) {
        seed = data.seed
        itemCount = data.items
        newItemCount = data.newLikes == 0 ? 0 : max(1, data.newLikes / 50)
        // Enough items in a theme to be learnt from, enough tags for all subjects and styles.
        let most = max(1, data.items / 20)
        let side = Int(Double(most).squareRoot().rounded(.up))
        subjectCount = max(1, min(DemoWords.subjects.count, data.tags / 3, side))
        styleCount = max(1, min(DemoWords.styles.count, data.tags / 3, most / subjectCount))
        tags = DemoWords.tags(data.tags, subjects: subjectCount, styles: styleCount)
        var themes: [Theme] = []
        for style in 0..<styleCount {
            for subject in 0..<subjectCount { themes.append(Theme(subject: subject, style: style)) }
        }
        for tag in subjectCount + styleCount..<max(data.tags, subjectCount + styleCount) where tag < tags.count {
            themes[(tag - subjectCount - styleCount) % themes.count].details.append(tag)
        }
        var generator = SplitMix64(seed: SplitMix64.mix(data.seed &+ 11))
        var themeOfItem: [UInt32] = []
        for item in 0..<data.items + newItemCount {
            // Every theme has an item; beyond that, some themes are much larger than others.
            let theme =
                item < themes.count
                ? item : generator.happens(50) ? generator.skewed(themes.count) : generator.below(themes.count)
            themeOfItem.append(UInt32(theme))
            if item < data.items { themes[theme].items.append(UInt32(item)) }
        }
        for theme in themes.indices {
            for i in themes[theme].items.indices.dropFirst() { themes[theme].items.swapAt(i, generator.below(i + 1)) }
        }
        self.themes = themes
        self.themeOfItem = themeOfItem
    }

    /// The theme of an item.
    func theme(of item: Int) -> Int { Int(themeOfItem[item]) }

    /// The item's id.
    func identifier(of item: Int) -> DemoIdentifier { DemoIdentifier(.item, item, seed: seed) }

    /// The item's name; a few hold what delimited text must quote, one a line end.
    func name(of item: Int) -> String {
        var generator = SplitMix64(seed: SplitMix64.mix(seed &+ 13 &+ UInt64(item) << 8))
        let theme = themes[theme(of: item)]
        let nouns = DemoWords.subjects[theme.subject].nouns
        let noun = nouns[generator.below(nouns.count)]
        let name = DemoWords.adjectives[generator.below(DemoWords.adjectives.count)] + " " + noun
        switch item {
        case 5: return "\n" + noun
        case 7: return "\(name) | Free"
        case 9: return "\(name) \\ \(DemoWords.styles[theme.style])"
        default: break
        }
        switch generator.below(10_000) {
        case 0..<28: return "\(name) | \(DemoWords.styles[theme.style])"
        case 28: return "\(noun) w\\o base"
        case 29..<140: return "\"\(name)\""
        case 140..<160: return "\(name) №\(generator.below(90) + 10)"
        default: return name
        }
    }

    /// Writes one category and the tags of each item; returns the number of rows.
    func writeFeatures(of items: Range<Int>, to writer: inout DelimitedWriter) throws(DelimitedTextError) -> Int {
        try writer.write(["mid", "type", "value"])
        var rows = 0
        for item in items {
            let identifier = identifier(of: item)
            for (type, value) in features(of: item) {
                try identifier.append(to: &writer)
                try writer.append(type)
                try writer.append(value)
                try writer.endRecord()
                rows += 1
            }
        }
        return rows
    }

    /// The item's category, then its tags: most have those of the theme, some one that has nothing to do with it.
    func features(of item: Int) -> [(type: String, value: String)] {
        var generator = SplitMix64(seed: SplitMix64.mix(seed &+ 17 &+ UInt64(item) << 8))
        let theme = themes[theme(of: item)]
        var features = [("category", DemoWords.subjects[theme.subject].category)]
        var chosen: [Int] = []
        if generator.happens(85) { chosen.append(theme.subject) }
        if generator.happens(85) { chosen.append(subjectCount + theme.style) }
        for _ in 0..<min(4, theme.details.count) where generator.happens(60) {
            chosen.append(theme.details[generator.skewed(theme.details.count)])
        }
        if generator.happens(25) { chosen.append(generator.skewed(tags.count)) }
        var seen = Set<Int>()
        for tag in chosen where seen.insert(tag).inserted { features.append(("tag", tags[tag])) }
        if item >= itemCount, item % 2 == 0 { features.append(("tag", "brand-new")) }
        return features
    }
}
