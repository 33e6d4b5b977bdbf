import ArgumentParser

/// In which form a command says what it did.
struct OutputOptions: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON for scripts: one object, or one a line for lists.")
    var isJSON = false
}

/// How a command that takes a while says how far it is.
struct ProgressOptions: ParsableArguments {
    @Flag(
        name: .customLong("verbose"),
        help: "Write a line about the progress every five seconds, where standard error is no terminal.")
    var isVerbose = false
}
