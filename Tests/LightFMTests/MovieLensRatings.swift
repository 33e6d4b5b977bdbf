import Foundation
import LikenessTraining
import RandomNumbers

extension Ratings {
    /// The folder of ml-latest-small's ratings, if LIKENESS_DATA names one that has it.
    static let movieLensFile: String? = {
        guard let folder = ProcessInfo.processInfo.environment["LIKENESS_DATA"] else { return nil }
        let path = folder + "/ml-latest-small/ratings.csv"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    /// The ratings of ml-latest-small as `tools/parity/lightfm_floors.py` reads them: 4 and above is a like; a tenth is held out.
    static func movieLens(_ path: String) throws -> Ratings {
        var random = SplitMix64(seed: 7)
        var result = Ratings()
        var (users, movies): ([Substring: UInt32], [Substring: UInt32]) = ([:], [:])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let fields = line.split(separator: ",")
            guard fields.count == 4, let rating = Double(fields[2]) else { throw CocoaError(.fileReadCorruptFile) }
            let user = number(fields[0], &users)
            let item = number(fields[1], &movies)
            result.ratings.append(
                Rating(user: user, item: item, isLike: rating >= 4, isHeldOut: random.draw(below: 10) == 0))
        }
        (result.users, result.items) = (users.count, movies.count)
        return result
    }

    private static func number(_ id: Substring, _ numbers: inout [Substring: UInt32]) -> UInt32 {
        if let known = numbers[id] { return known }
        let next = UInt32(numbers.count)
        numbers[id] = next
        return next
    }
}
