import ArgumentParser
import Platform

/// Whether results take the place of files that are there.
struct ForceOption: ParsableArguments {
    @Flag(name: .customLong("force"), help: "Replace files of results that are there already.")
    var isGiven = false

    /// Refuses a place for results before any work is done for it.
    ///
    /// - Parameter inputs: files that the command reads.
    func check(_ path: String?, protecting inputs: [String]) throws {
        if let path { try OutputFile.check(path, overwriting: isGiven, protecting: inputs) }
    }
}
