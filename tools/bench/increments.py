#!/usr/bin/env python3
"""How good a version is after ten continuations, beside a full fit on the same likes.

    tools/bench/increments.py --likeness .build/release/likeness --likes likes.psv [--features feats.psv] [--seeds 5] [--by-time]

A split holds out five likes of a fifth of the users. 80 % of the other likes are fitted, then ten times 2 % come in, each followed by
`fit-partial`; beside it one `fit` on all of them. Likes come in the order of their times with --by-time, otherwise at random by the seed. One row
for each way to go on: means over --seeds of precision at 5 and NDCG at 10 after the tenth continuation, their shares of the full fit's, the seconds
of all ten, and the bytes that they wrote. Prints a table and writes JSON.
"""
import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess
import tempfile

WAYS = {
    "als": [("als", ["--loss", "als"], []), ("als, tags train", ["--loss", "als"], ["--tags", "train"])],
    "softmax": [("softmax", ["--loss", "softmax"], []), ("softmax, tags train", ["--loss", "softmax"], ["--tags", "train"])],
    "warp": [
        ("warp, tags fixed", ["--loss", "warp"], []),
        ("warp, tags fixed, replay 0.1", ["--loss", "warp"], ["--replay", "0.1"]),
        ("warp, tags train", ["--loss", "warp"], ["--tags", "train"]),
        ("warp, tags train, replay 0.1", ["--loss", "warp"], ["--tags", "train", "--replay", "0.1"]),
    ],
}


class Trial:
    def __init__(self, args, seed, folder):
        self.args, self.seed, self.folder = args, seed, pathlib.Path(folder)
        self.run("split", args.likes, "--held-out", 5, "--fraction", 0.2, "--seed", seed, "--train", self.folder / "train.psv",
                 "--test", self.folder / "test.psv", store=None)
        with open(self.folder / "train.psv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, delimiter="|", quotechar="\\"))
        self.header, rows = rows[0], rows[1:]
        if args.by_time:
            place = self.header.index(args.by_time)
            rows.sort(key=lambda row: float(row[place]))
        else:
            random.Random(seed).shuffle(rows)
        first, step = int(0.8 * len(rows)), len(rows) / 50
        cuts = [first + round(step * part) for part in range(11)]
        cuts[-1] = len(rows)
        self.parts = [self.write("part0.psv", rows[:first])]
        self.parts += [self.write(f"part{n + 1}.psv", rows[cuts[n]:cuts[n + 1]]) for n in range(10)]

    def write(self, name, rows):
        with open(self.folder / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter="|", quotechar="\\", lineterminator="\r\n")
            writer.writerow(self.header)
            writer.writerows(rows)
        return self.folder / name

    def run(self, *command, store):
        words = [self.args.likeness, *map(str, command), "--json"]
        if store is not None:
            words += ["--store", str(self.folder / store)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            raise SystemExit(f"{' '.join(words)}\n{done.stderr}")
        lines = done.stdout.strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    def filled(self, store, files):
        self.run("init", store=store)
        self.run("ingest", "likes", *files, store=store)
        if self.args.features:
            self.run("ingest", "features", self.args.features, store=store)

    def fit(self, store, options):
        return self.run("fit", *options, "--seed", self.seed, "--threads", self.args.threads, "--min-user-likes", 1,
                        "--min-item-likes", 1, *self.args.fit, store=store)

    def quality(self, store):
        metrics = self.run("evaluate", "production", "--test", self.folder / "test.psv", "-k", 5, "--exclude-train", store=store)["metrics"]
        ten = self.run("evaluate", "production", "--test", self.folder / "test.psv", "-k", 10, "--exclude-train", store=store)["metrics"]
        return metrics["precision"], ten["ndcg"]

    def measured(self, name, fit, partial):
        whole = "whole-" + fit[1]
        if not (self.folder / whole).exists():
            self.filled(whole, self.parts)
            self.seconds = self.fit(whole, fit)["totalSeconds"]
            self.whole = self.quality(whole)
        store = name.replace(" ", "").replace(",", "-")
        self.filled(store, self.parts[:1])
        self.fit(store, fit)
        first = self.quality(store)
        seconds = written = 0
        for part in self.parts[1:]:
            self.run("ingest", "likes", part, store=store)
            report = self.run("fit-partial", *partial, "--threads", self.args.threads, store=store)
            seconds += report["totalSeconds"]
            written += report["bytesWritten"]
        return {"way": name, "seed": self.seed, "first": first, "grown": self.quality(store), "whole": self.whole, "seconds": seconds,
                "written": written, "fitSeconds": self.seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True)
    parser.add_argument("--likes", required=True)
    parser.add_argument("--features")
    parser.add_argument("--by-time", metavar="COLUMN")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--loss", nargs="+", default=["als", "warp"], choices=WAYS)
    parser.add_argument("--fit", nargs=argparse.REMAINDER, default=[], help="further options of fit")
    parser.add_argument("--out", default="increments.json")
    args = parser.parse_args()
    results = []
    for seed in range(1, args.seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(args, seed, folder)
            for loss in args.loss:
                for way in WAYS[loss]:
                    results.append(trial.measured(*way))
    pathlib.Path(args.out).write_text(json.dumps(results, indent=1))
    print("| way | p@5 after 80 % | after ten | full fit | share | NDCG@10 share | ten, s | full fit, s | written |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in dict.fromkeys(result["way"] for result in results):
        own = [result for result in results if result["way"] == name]
        mean = lambda value: statistics.mean(map(value, own))
        first, grown, whole = (mean(lambda r: r[key][0]) for key in ("first", "grown", "whole"))
        share = mean(lambda r: r["grown"][1]) / mean(lambda r: r["whole"][1])
        print(f"| {name} | {first:.4f} | {grown:.4f} | {whole:.4f} | {grown / whole:.3f} | {share:.3f} | {mean(lambda r: r['seconds']):.2f} | "
              f"{mean(lambda r: r['fitSeconds']):.2f} | {mean(lambda r: r['written']) / 1e6:.1f} MB |")


if __name__ == "__main__":
    main()
