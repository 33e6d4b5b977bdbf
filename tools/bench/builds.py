#!/usr/bin/env python3
"""Two builds of the program on the same made-up data, in turns: ingest, training, search and a fresh process's first answer.

    tools/bench/builds.py --before OLD/likeness --after NEW/likeness [--likes 2000000] [--runs 5]

For each step the builds take turns, so that both see the machine alike. Medians of --runs, and the ratio of the second to the first: above 1 the
second is slower. Where both have likeness-bench beside them, it searches in process too. Prints a table
and writes JSON.
"""
import argparse
import json
import pathlib
import random
import shutil
import statistics
import struct
import tempfile

import program


def seconds(command):
    return program.measured(command, peak=False)[0]


def vectors(path, rows, components, seed):
    draw = random.Random(seed)
    with open(path, "wb") as file:
        for _ in range(rows):
            file.write(struct.pack(f"<{components}f", *(draw.gauss(0, 1) for _ in range(components))))


class Build:
    def __init__(self, path, folder, args):
        self.path, self.args = pathlib.Path(path).resolve(), args
        self.store, self.data = folder / "store", folder.parent / "data"
        self.bench = self.path.with_name("likeness-bench")
        folder.mkdir()

    def ingest(self):
        shutil.rmtree(self.store, ignore_errors=True)
        seconds([self.path, "init", "--store", self.store])
        return seconds([self.path, "ingest", "likes", self.data / "likes.psv", "--store", self.store])

    def features(self):
        return seconds([self.path, "ingest", "features", self.data / "feats.psv", "--store", self.store])

    def train(self):
        # Both builds know the loss; each names its own default.
        report = program.measured([self.path, "fit", "--loss", "warp", "--components", "64", "--epochs", "3", "--threads", "2", "--store",
                                   self.store, "--json"], peak=False)[2]
        return json.loads(report)["trainingSeconds"]

    def answer(self):
        return seconds([self.path, "nearest", "items", "--to", f"item:{self.args.item}", "--store", self.store])

    def search(self):
        out = program.measured([self.bench, "scan", "--vectors", self.data / "vectors", "--queries", self.data / "queries", "--components", "64",
                                "--k", "10", "--runs", "1"], peak=False)[2]
        return json.loads(out)["medianSeconds"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", required=True)
    parser.add_argument("--after", required=True)
    for name, default in [("users", 200_000), ("items", 200_000), ("likes", 2_000_000), ("runs", 5)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", default="builds.json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="likeness-builds-") as folder:
        folder = pathlib.Path(folder)
        program.measured([args.after, "demo-data", folder / "data", "--users", args.users, "--items", args.items, "--likes", args.likes])
        with open(folder / "data" / "likes.psv") as file:
            header, line = next(file).rstrip().split("|"), next(file).rstrip().split("|")
        args.item = line[header.index("mid")]
        builds = [Build(args.before, folder / "before", args), Build(args.after, folder / "after", args)]
        steps = ["ingest", "features", "train", "answer"]
        if all(build.bench.exists() for build in builds):
            vectors(folder / "data" / "vectors", 200_000, 64, 1)
            vectors(folder / "data" / "queries", 50, 64, 2)
            steps.append("search")
        results = {}
        for step in steps:
            taken = ([], [])
            for _ in range(args.runs):
                for place, build in enumerate(builds):
                    taken[place].append(getattr(build, step)())
            before, after = map(statistics.median, taken)
            results[step] = {"before": before, "after": after, "ratio": after / before, "all": taken}
            print(f"{step:10} {before:10.4f} s {after:10.4f} s   {after / before:6.3f}", flush=True)
    pathlib.Path(args.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
