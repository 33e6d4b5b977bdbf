"""Made-up ratings in MovieLens-100k's shape: 943 users, 1,682 items, 18 genres, 100,000 ratings, 10 of each user held out.

Only whole numbers decide, so that Tests/LightFMTests/PlantedRatings.swift makes the same ratings bit by bit; both
compute the checksum. Users have tastes for genres, items a quality and a popularity that falls with their number.
"""
import bisect

USERS, ITEMS, GENRES, TASTES, RATINGS, HELD_OUT = 943, 1682, 18, 10, 100_000, 10
MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        return (self.next() * bound) >> 64


def counts():
    """How many ratings each user gives: at least 20, and a long tail."""
    shares = [1_000_000_000 // (rank + 60) for rank in range(USERS)]
    spare, total = RATINGS - 20 * USERS, sum(shares)
    result = [20 + spare * share // total for share in shares]
    for user in range(RATINGS - sum(result)):
        result[user] += 1
    return result


def make(seed=2026):
    """Lists of (user, item, is a like, is held out), and the genres of each item, the first of which decides."""
    random = SplitMix64(seed)
    tastes = [[random.below(5) - 2 for _ in range(GENRES)] for _ in range(TASTES)]
    genres, quality, ends, total = [], [], [], 0
    for item in range(ITEMS):
        own = [random.below(GENRES)]
        for _ in range(random.below(3)):
            other = random.below(GENRES)
            if other not in own:
                own.append(other)
        genres.append(own)
        quality.append(random.below(61) - 30 + 4000 // (item + 100))
        total += 1_000_000 // (item + 20) * (1_700 - item) ** 4 // 1_700 ** 4
        ends.append(total)
    ratings = []
    for user, count in enumerate(counts()):
        taste, mood = tastes[random.below(TASTES)], random.below(41) - 20
        affinity = [max(-2, min(2, taste[genre] + random.below(3) - 1)) for genre in range(GENRES)]
        chosen = []
        seen = set()
        while len(chosen) < count:
            item = bisect.bisect_right(ends, random.below(total))
            liking = affinity[genres[item][0]]
            if random.below(125) >= (liking + 3) ** 3 or item in seen:
                continue
            seen.add(item)
            score = quality[item] + mood + 24 * liking + random.below(61) + random.below(61) - 60
            chosen.append((item, score >= 24))
        held = set()
        while len(held) < HELD_OUT:
            held.add(random.below(count))
        ratings += [(user, item, like, place in held) for place, (item, like) in enumerate(chosen)]
    return ratings, genres


def checksum(ratings):
    value = 0
    for user, item, like, held in ratings:
        value = (value * 1099511628211 + (user << 20 | item << 2 | like << 1 | held)) & MASK
    return value
