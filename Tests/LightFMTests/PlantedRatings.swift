import LikenessTraining
import RandomNumbers

/// Ratings with likes, dislikes and a held-out part.
struct Ratings {
    struct Rating {
        var user: UInt32
        var item: UInt32
        var isLike: Bool
        var isHeldOut: Bool
    }

    var users = 0
    var items = 0
    var ratings: [Rating] = []
    /// The genres of each item; empty if they are not known.
    var genres: [[UInt32]] = []

    /// What `tools/parity/planted_ratings.py` computes of the same ratings.
    var checksum: UInt64 {
        ratings.reduce(0) { sum, rating in
            let bits = UInt64(rating.user) << 20 | UInt64(rating.item) << 2
            return sum &* 1_099_511_628_211 &+ (bits | (rating.isLike ? 2 : 0) | (rating.isHeldOut ? 1 : 0))
        }
    }
}

extension Ratings {
    private static let genreCount = 18

    /// Made-up ratings in MovieLens-100k's shape, bit by bit those of `tools/parity/planted_ratings.py`: users have tastes for genres,
    /// items a quality and a popularity that falls with their number.
    static func planted(seed: UInt64 = 2026) -> Ratings {
        var random = SplitMix64(seed: seed)
        var result = Ratings(users: 943, items: 1_682)
        let tastes = (0..<10).map { _ in (0..<genreCount).map { _ in random.draw(below: 5) - 2 } }
        var (quality, ends, total): ([Int], [Int], Int) = ([], [], 0)
        for item in 0..<result.items {
            var own = [UInt32(random.draw(below: genreCount))]
            for _ in 0..<random.draw(below: 3) {
                let other = UInt32(random.draw(below: genreCount))
                if !own.contains(other) { own.append(other) }
            }
            result.genres.append(own)
            quality.append(random.draw(below: 61) - 30 + 4_000 / (item + 100))
            let rest = (1_700 - item) * (1_700 - item) * (1_700 - item) * (1_700 - item)
            total += 1_000_000 / (item + 20) * rest / 8_352_100_000_000
            ends.append(total)
        }
        for (user, count) in counts(users: result.users, ratings: 100_000).enumerated() {
            let taste = tastes[random.draw(below: 10)]
            let mood = random.draw(below: 41) - 20
            let affinity = taste.map { max(-2, min(2, $0 + random.draw(below: 3) - 1)) }
            var (chosen, seen): ([(item: Int, isLike: Bool)], Set<Int>) = ([], [])
            while chosen.count < count {
                let item = position(of: random.draw(below: total), in: ends)
                let liking = affinity[Int(result.genres[item][0])]
                let chance = (liking + 3) * (liking + 3) * (liking + 3)
                if random.draw(below: 125) >= chance || seen.contains(item) { continue }
                seen.insert(item)
                var score = quality[item] + mood + 24 * liking
                score += random.draw(below: 61)
                score += random.draw(below: 61) - 60
                chosen.append((item, score >= 24))
            }
            var held: Set<Int> = []
            while held.count < 10 { held.insert(random.draw(below: count)) }
            for (place, choice) in chosen.enumerated() {
                result.ratings.append(
                    Rating(
                        user: UInt32(user), item: UInt32(choice.item), isLike: choice.isLike,
                        isHeldOut: held.contains(place)))
            }
        }
        return result
    }

    /// How many ratings each user gives: at least 20, and a long tail.
    private static func counts(users: Int, ratings: Int) -> [Int] {
        let shares = (0..<users).map { 1_000_000_000 / ($0 + 60) }
        let (spare, total) = (ratings - 20 * users, shares.reduce(0, +))
        var counts = shares.map { 20 + spare * $0 / total }
        let missing = ratings - counts.reduce(0, +)
        for user in 0..<missing { counts[user] += 1 }
        return counts
    }

    /// The first position whose end lies above a number.
    private static func position(of number: Int, in ends: [Int]) -> Int {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
