import LikenessSearch
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// likeness-bench scan --vectors FILE --queries FILE --components 64 --k 10 [--runs 5] [--similarity innerProduct]
//     [--lists N --probes 1,2,4 [--threads 2]]
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

func floats(_ path: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(filePath: path))
    return unsafe data.withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map { index in
            let bits = unsafe bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
            return Float(bitPattern: UInt32(littleEndian: bits))
        }
    }
}

struct Report: Encodable {
    let rows: Int
    let components: Int
    let k: Int
    let codingSeconds: Double
    /// Median seconds of one query, for each run.
    let medianSeconds: [Double]
    /// Seconds a query when all are answered in one pass, for each run.
    let batchSeconds: [Double]
    let ids: [[UInt32]]
    let scores: [[Double]]
    /// With --lists: seconds that building took, and what looking at some of them took and found.
    let buildSeconds: Double?
    let probes: [ProbeReport]?
}

func run() throws {
    guard CommandLine.arguments.dropFirst().first == "scan" else {
        throw Usage(description: "usage: likeness-bench scan --vectors FILE --queries FILE --components N --k N")
    }
    let components = try number("components")
    let k = try number("k", default: "10")
    let vectors = try floats(option("vectors"))
    let flatQueries = try floats(option("queries"))
    guard let similarity = Similarity(rawValue: try option("similarity", default: "innerProduct")) else {
        throw Usage(description: "--similarity is cosine or innerProduct")
    }
    let queries = stride(from: 0, to: flatQueries.count / components * components, by: components).map {
        Array(flatQueries[$0..<$0 + components])
    }
    let benchmark = try SearchBenchmark(vectors: vectors, rows: vectors.count / components, components: components)
    var medians: [Double] = []
    var batches: [Double] = []
    var answers: [[Match]] = []
    for _ in 0..<(try number("runs", default: "5")) {
        let result = try benchmark.run(queries, k: k, by: similarity)
        medians.append(result.seconds.sorted()[result.seconds.count / 2])
        answers = result.matches
        batches.append(try benchmark.runBatch(queries, k: k, by: similarity) / Double(queries.count))
    }
    var approximate: (buildSeconds: Double, reports: [ProbeReport])?
    if let lists = Int(try option("lists", default: "none")) {
        let probes = try option("probes", default: "1").split(separator: ",").compactMap { Int($0) }
        approximate = try benchmark.runApproximately(
            queries, k: k, by: similarity, lists: lists, probes: probes, runs: try number("runs", default: "5"),
            threads: try number("threads", default: "1"))
    }
    let report = Report(
        rows: benchmark.rows, components: components, k: k, codingSeconds: benchmark.codingSeconds,
        medianSeconds: medians, batchSeconds: batches, ids: answers.map { $0.map(\.row) },
        scores: answers.map { $0.map(\.score) }, buildSeconds: approximate?.buildSeconds, probes: approximate?.reports)
    let json = try JSONEncoder().encode(report)
    print(String(decoding: json, as: UTF8.self))
}

do {
    try run()
} catch {
    print("likeness-bench: \(error)")
    StandardStream.end(status: 1)
}
