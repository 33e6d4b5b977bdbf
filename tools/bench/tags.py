#!/usr/bin/env python3
"""Whether tags mean what they should, and still do after a continuation.

    tools/bench/tags.py --likeness .build/release/likeness FOLDER... [--tags 200] [--seeds 3] [--loss als warp]

A FOLDER holds likes.psv and feats.psv. Two figures, both on tags that at least ten items have, means over --seeds choices of --tags tags:
of a tag's ten nearest items, the share that carry it; and for the 20 tags with the most items, how many of their ten nearest items stay after a
continuation of 0.1 % of the likes, drawn at random pairs or as users like (held back from the fit). Prints a table.
"""
import argparse
import collections
import csv
import json
import pathlib
import random
import statistics
import subprocess
import tempfile


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        found = list(csv.reader(file, delimiter="|", quotechar="\\"))
    return found[0], [row for row in found[1:] if len(row) == len(found[0])]


class Trial:
    def __init__(self, args, data, loss, seed, folder):
        self.args, self.folder, self.seed = args, pathlib.Path(folder), seed
        header, likes = rows(data / "likes.psv")
        self.header, self.tags = header, collections.defaultdict(set)
        for mid, kind, value in rows(data / "feats.psv")[1]:
            self.tags[f"{kind}:{value.strip().lower()}"].add(mid)
        chosen = random.Random(seed)
        chosen.shuffle(likes)
        self.held, self.likes = likes[:max(1, len(likes) // 1000)], likes[max(1, len(likes) // 1000):]
        self.run("init")
        self.run("ingest", "likes", self.write("likes.psv", self.likes))
        self.run("ingest", "features", data / "feats.psv")
        epochs = [] if loss == "als" else ["--epochs", 20]
        self.run("fit", "--loss", loss, *epochs, "--min-user-likes", 1, "--min-item-likes", 1, "--seed", seed)

    def write(self, name, likes):
        with open(self.folder / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter="|", quotechar="\\", lineterminator="\r\n")
            writer.writerows([self.header, *likes])
        return self.folder / name

    def run(self, *words):
        done = subprocess.run([self.args.likeness, *map(str, words), "--store", str(self.folder / "store"), "--json"],
                              capture_output=True, text=True)
        return json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode in (0, 3) and done.stdout.strip() else None

    def nearest(self, tag, version):
        found = self.run("nearest", "items", f"--to={tag}", "-k", 10, "--version", version)
        return [item["id"] for item in found["results"]] if found else []

    def carried(self):
        usable = sorted(tag for tag, items in self.tags.items() if len(items) >= 10)
        chosen = random.Random(self.seed).sample(usable, min(self.args.tags, len(usable)))
        shares = [statistics.mean(item in self.tags[tag] for item in near) for tag in chosen if (near := self.nearest(tag, "v1"))]
        return statistics.mean(shares)

    def kept(self, likes, name, number):
        self.run("ingest", "likes", self.write(name, likes))
        self.run("fit-partial", "--from", "v1", "--no-alias")
        common = sorted(self.tags, key=lambda tag: (-len(self.tags[tag]), tag))[:20]
        return statistics.mean(len(set(self.nearest(tag, "v1")) & set(self.nearest(tag, number))) / 10 for tag in common)

    def figures(self):
        carried = self.carried()
        alike = self.kept(self.held, "held.psv", "v2")
        user, item = self.header.index("uid"), self.header.index("mid")
        draw = random.Random(self.seed + 1)
        users, items = sorted({row[user] for row in self.likes}), sorted({row[item] for row in self.likes})
        made = []
        for _ in self.held:
            row = [""] * len(self.header)
            row[user], row[item] = draw.choice(users), draw.choice(items)
            made.append(row)
        return carried, alike, self.kept(made, "made.psv", "v3")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--likeness", required=True)
    parser.add_argument("--tags", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--loss", nargs="+", default=["als", "warp"])
    args = parser.parse_args()
    print("| data | loss | ten nearest that carry the tag | kept after 0.1 % of likes like the others | and random ones as well |")
    print("|---|---|---|---|---|")
    for name in args.folders:
        for loss in args.loss:
            found = []
            for seed in range(1, args.seeds + 1):
                with tempfile.TemporaryDirectory() as folder:
                    found.append(Trial(args, pathlib.Path(name), loss, seed, folder).figures())
            print(f"| {pathlib.Path(name).name} | {loss} | " + " | ".join(f"{statistics.mean(column):.3f}" for column in zip(*found)) + " |",
                  flush=True)


if __name__ == "__main__":
    main()
