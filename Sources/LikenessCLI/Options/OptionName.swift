/// How the command line writes the name of a property: `learningRate` is `--learning-rate`; k and n are those of
/// k-OS WARP: `--kos-k`, and the shrinkage is that of features.
struct OptionName: CustomStringConvertible {
    let description: String

    init(_ property: String) {
        var words = ""
        for letter in property {
            if letter.isUppercase { words.append("-") }
            words += letter.lowercased()
        }
        let prefix = words == "shrinkage" ? "--feature-" : words.count == 1 ? "--kos-" : "--"
        description = prefix + words
    }
}
