import LikenessFormat
import LikenessSearch
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// likeness-bench scan --vectors FILE --queries FILE --components 64 --k 10 [--biases FILE] [--runs 5] [--similarity innerProduct]
//     [--threads 1,2] [--batch-threads 1,2] [--filters 0.5,0.05] [--lists N --probes 1,2,4 [--build-threads 2]] [--ids no]
// likeness-bench session --store DIR [--count 1000]
// likeness-bench vectors --store DIR --kind items --output FILE
// The files hold little-endian float32. Prints one JSON object; tools/bench/search.py reads it.

struct Usage: Error, CustomStringConvertible {
    let description: String
}

func option(_ name: String, default fallback: String? = nil) throws -> String {
    let arguments = CommandLine.arguments
    if let index = arguments.firstIndex(of: "--" + name), index + 1 < arguments.count { return arguments[index + 1] }
    if let fallback { return fallback }
    throw Usage(description: "--\(name) is missing")
}

func number(_ name: String, default fallback: String? = nil) throws -> Int {
    let text = try option(name, default: fallback)
    guard let value = Int(text), value > 0 else { throw Usage(description: "--\(name) \(text) is not a count above 0") }
    return value
}

/// Numbers that commas separate.
func list<Number: LosslessStringConvertible>(_ name: String, default fallback: String = "") throws -> [Number] {
    try option(name, default: fallback).split(separator: ",").map { word in
        guard let number = Number(String(word)) else { throw Usage(description: "--\(name): \(word) is not a number") }
        return number
    }
}

struct Report: Encodable {
    /// Seconds of one query, or of all in one pass by one of so many threads, for each run.
    struct Timed: Encodable {
        let threads: Int
        /// The share of the rows that passes the filter; nil for none.
        var share: Double?
        var seconds: [Double] = []
    }

    let rows: Int
    let components: Int
    let k: Int
    let codingSeconds: Double
    var single: [Timed]
    var batch: [Timed]
    var filtered: [Timed]
    var ids: [[UInt32]] = []
    /// With --lists: seconds that building took, and what looking at some of them took and found.
    var buildSeconds: Double?
    var probes: [ProbeReport]?
}

func scan() throws {
    let components = try number("components")
    let k = try number("k", default: "10")
    let runs = try number("runs", default: "5")
    guard let similarity = Similarity(rawValue: try option("similarity", default: "innerProduct")) else {
        throw Usage(description: "--similarity is cosine or innerProduct")
    }
    let queries = try VectorFile(option("queries")).vectors(components)
    let biases = try? VectorFile(option("biases"))
    let benchmark = try SearchBenchmark(vectors: try VectorFile(option("vectors")), biases: biases, components: components)
    let shares: [Double] = try list("filters")
    var report = Report(
        rows: benchmark.rows, components: components, k: k, codingSeconds: benchmark.codingSeconds,
        single: try list("threads", default: "1").map { Report.Timed(threads: $0) },
        batch: try list("batch-threads").map { Report.Timed(threads: $0) },
        filtered: shares.map { Report.Timed(threads: 1, share: $0) })
    let filters = shares.map { benchmark.filter(passing: $0) }
    for _ in 0..<runs {
        for place in report.single.indices {
            let result = try benchmark.run(queries, k: k, by: similarity, threads: report.single[place].threads)
            report.single[place].seconds.append(result.seconds.median)
            report.ids = result.matches.map { $0.map(\.row) }
        }
        for place in report.batch.indices {
            let seconds = try benchmark.runBatch(queries, k: k, by: similarity, threads: report.batch[place].threads)
            report.batch[place].seconds.append(seconds / Double(queries.count))
        }
        for place in filters.indices {
            report.filtered[place].seconds.append(
                try benchmark.run(queries, k: k, by: similarity, filter: filters[place]).seconds.median)
        }
    }
    if let lists = Int(try option("lists", default: "none")) {
        let approximate = try benchmark.runApproximately(
            queries, k: k, by: similarity, lists: lists, probes: try list("probes", default: "1"), runs: runs,
            threads: try number("build-threads", default: "1"))
        (report.buildSeconds, report.probes) = (approximate.buildSeconds, approximate.reports)
    }
    try show(report)
}

func show(_ report: some Encodable) throws { print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self)) }

func run() throws {
    switch CommandLine.arguments.dropFirst().first {
    case "scan": try scan()
    case "session": try show(SessionBenchmark(option("store")).run(queries: try number("count", default: "1000")))
    case "vectors":
        let kinds: [String: RowKind] = ["items": .item, "users": .user, "tags": .itemFeature]
        guard let kind = kinds[try option("kind", default: "items")] else { throw Usage(description: "--kind is items, users or tags") }
        try SessionBenchmark(option("store")).write(kind, to: try option("output"))
    default: throw Usage(description: "usage: likeness-bench scan|session|vectors …")
    }
}

do {
    try run()
} catch {
    print("likeness-bench: \(error)")
    StandardStream.end(status: 1)
}
