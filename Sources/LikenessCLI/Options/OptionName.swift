/// How the command line writes the name of a property: `learningRate` is `--learning-rate`; k and n are those of
/// k-OS WARP: `--kos-k`.
struct OptionName: CustomStringConvertible {
    let description: String

    init(_ property: String) {
        var words = ""
        for letter in property {
            if letter.isUppercase { words.append("-") }
            words += letter.lowercased()
        }
        description = (words.count == 1 ? "--kos-" : "--") + words
    }
}
