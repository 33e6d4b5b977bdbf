import ArgumentParser
import Likeness
import Platform

/// Where a plot of a study goes.
struct PlotOptions: ParsableArguments {
    @Option(name: .customLong("plot"), help: ArgumentHelp("Where a plot of the trials and settings goes.", valueName: "file.svg"))
    var path: String?

    @OptionGroup var force: ForceOption

    /// Refuses a place for the plot before any work is done for it.
    ///
    /// - Parameter inputs: files that the command reads.
    func check(protecting inputs: [String]) throws {
        try force.check(path, protecting: inputs)
    }

    /// Writes the plot, if one is wanted.
    func write(_ report: StudyReport, protecting inputs: [String]) throws {
        guard let path else { return }
        var file = try OutputFile(path, overwriting: force.isGiven, protecting: inputs)
        try file.write(try report.svg())
        try file.finish()
    }
}
