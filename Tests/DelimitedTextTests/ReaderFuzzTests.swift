import DelimitedText
import Foundation
import Testing

/// How long each fuzz test runs: LIKENESS_FUZZ_SECONDS, or 2.
let fuzzSeconds = Double(ProcessInfo.processInfo.environment["LIKENESS_FUZZ_SECONDS"] ?? "") ?? 2

/// Runs a body on numbered rounds for the time that fuzz tests have, and says how many there were.
func fuzz(_ name: String, seed: UInt64, _ body: (inout Generator) throws -> Void) rethrows {
    var generator = Generator(state: fuzzSeconds == 2 ? seed : seed &+ UInt64(Date().timeIntervalSince1970))
    let end = ContinuousClock.now + .seconds(fuzzSeconds)
    var rounds = 0
    while ContinuousClock.now < end {
        for _ in 0..<100 { try body(&generator) }
        rounds += 100
    }
    print("fuzzed \(name): \(rounds) executions")
}

extension Generator {
    /// Changes bytes as a damaged or careless file has them: bits, pieces left out, doubled, moved, or cut off.
    mutating func mutate(_ bytes: [UInt8], with special: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...4, using: &self) {
            let place = Int.random(in: 0...bytes.count, using: &self)
            let stop = min(bytes.count, place + Int.random(in: 0...8, using: &self))
            switch Int.random(in: 0..<6, using: &self) {
            case 0: bytes.insert(special.randomElement(using: &self) ?? 0, at: place)
            case 1: bytes.removeSubrange(place..<stop)
            case 2: bytes.insert(contentsOf: bytes[place..<stop], at: place)
            case 3 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 4 where place < bytes.count: bytes[place] = special.randomElement(using: &self) ?? 0
            case 5 where Int.random(in: 0..<4, using: &self) == 0: bytes.removeSubrange(place...)
            default: break
            }
        }
        return bytes
    }
}

@Suite struct ReaderFuzzTests {
    @Test func `careless rows read as the naive reader that recovers reads them`() throws {
        let dialects = [
            looseCSV, .psv, .tsv, .csv, Dialect(name: "dat", delimiter: UInt8(ascii: ":"), quote: nil, isDelimiterDoubled: true),
        ]
        try fuzz("delimited rows", seed: 5) { generator in
            let dialect = dialects.randomElement(using: &generator) ?? .csv
            let quote = dialect.quote ?? 34
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                for field in 0..<3 {
                    if field > 0 { bytes += dialect.isDelimiterDoubled ? [dialect.delimiter, dialect.delimiter] : [dialect.delimiter] }
                    switch Int.random(in: 0..<5, using: &generator) {
                    case 0: bytes += [quote, 97, 10, 98, quote]
                    case 1: bytes += [quote, 97, 92, quote, 98, quote]
                    case 2: bytes += [quote, quote, quote, 98, quote]
                    case 3: break
                    default: bytes += [97, 98]
                    }
                }
                bytes += [[10], [13, 10], [13]].randomElement(using: &generator) ?? []
            }
            bytes = generator.mutate(bytes, with: [dialect.delimiter, quote, 10, 13, 92, 0, 0xEF, 97])
            let limit = [8, 20, 1 << 20].randomElement(using: &generator) ?? 20
            let size = [1, 2, 3, 7, 16, 64, 1_024].randomElement(using: &generator) ?? 1
            let expected = naiveRecover(bytes, dialect, recordLimit: limit)
            let records = try recoverAll(bytes, dialect, recordLimit: limit, readSize: size)
            if records != expected { Issue.record("\(dialect.name), limit \(limit), reads of \(size): \(bytes)\n\(records)\n\(expected)") }
        }
    }
}
