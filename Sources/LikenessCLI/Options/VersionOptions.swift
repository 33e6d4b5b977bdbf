import ArgumentParser
import Likeness

/// Which version of the model answers.
struct VersionOptions: ParsableArguments {
    @Option(
        name: .customLong("version"),
        help: ArgumentHelp("The version to ask: its number (v12) or an alias.", valueName: "version"))
    var reference = VersionReference.current
}
