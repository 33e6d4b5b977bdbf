#!/usr/bin/env python3
"""What a continuation costs and is worth, beside a full fit and beside LightFM's `fit_partial`.

    tools/bench/continuation.py --likeness .build/release/likeness --likes likes.psv [--features feats.psv] [--threads 2]

70 % of the train likes are learned first, 20 epochs; the other 30 % come in later and are learned in 5 epochs: by `likeness fit-partial`, and
by LightFM's `fit_partial` on the new likes, with room made beforehand for the users and items to come, since it cannot grow. Beside them
20 epochs on all likes. WARP, d = 64, as `train.py` splits; means over --seeds of seconds, precision at 5, and its standard error. Ours have
features if there are any; LightFM has ids alone. Prints a table and writes JSON.
"""
import argparse
import json
import pathlib
import statistics
import tempfile
import time

import train as bench  # makes the environment, too
import numpy as np
import scipy.sparse as sp
from lightfm import LightFM


class Arrivals(bench.Trial):
    """A split whose train likes come in two parts."""

    def __init__(self, args, likes, seed, folder):
        super().__init__(args, likes, [], seed, folder)
        rows, columns = self.likes.row, self.likes.col
        is_new = np.random.RandomState(seed).rand(len(rows)) < 0.3
        parts = {"old": ~is_new, "new": is_new}
        pairs = bench.read(self.folder / "train.psv", ("uid", "mid"))
        for name, chosen in parts.items():
            bench.write(self.folder / f"{name}.psv", [pair for pair, is_in in zip(pairs, chosen) if is_in])
        ones = np.ones(len(rows), np.float32)
        self.parts = {name: sp.coo_matrix((ones[c], (rows[c], columns[c])), shape=self.likes.shape) for name, c in parts.items()}

    def evaluated(self, version, store):
        found = self.run("evaluate", version, "--test", self.folder / "test.psv", "-k", 5, "--exclude-train", store=store)
        return found["metrics"]["precision"]

    def filled(self, store, *files):
        self.run("init", store=store)
        for file in files:
            self.run("ingest", "likes", self.folder / file, store=store)
        if self.args.features:
            self.run("ingest", "features", self.args.features, store=store, fails=True)

    def ours(self):
        args = self.args
        choice = ["--components", 64, "--epochs", 20, "--threads", args.threads, "--seed", self.seed,
                  "--features", "tfidf" if args.features else "none", "--min-user-likes", 1, "--min-item-likes", 1]
        self.filled("whole", "old.psv", "new.psv")
        whole = self.run("fit", *choice, store="whole")
        self.filled("grown", "old.psv")
        self.run("fit", *choice, store="grown")
        self.run("ingest", "likes", self.folder / "new.psv", store="grown")
        more = self.run("fit-partial", "--epochs", 5, "--threads", args.threads, store="grown")
        return [("likeness fit, all likes", whole["totalSeconds"], self.evaluated("v1", "whole")),
                ("likeness fit-partial, new likes", more["totalSeconds"], self.evaluated("v2", "grown"))]

    def lightfm_rows(self):
        def timed(model, likes, epochs):
            start = time.perf_counter()
            model.fit_partial(likes, epochs=epochs, num_threads=self.args.threads)
            return time.perf_counter() - start

        def fresh():
            return LightFM(no_components=64, loss="warp", learning_rate=0.05, random_state=self.seed)

        whole, grown = fresh(), fresh()
        seconds = timed(whole, self.likes, 20)
        timed(grown, self.parts["old"], 20)
        more = timed(grown, self.parts["new"], 5)
        return [("LightFM fit, all likes", seconds, self.precision(whole)),
                ("LightFM fit_partial, new likes", more, self.precision(grown))]

    def precision(self, model):
        vectors, biases, tastes = model.item_embeddings, model.item_biases, model.user_embeddings
        seen, hits = self.likes.tocsr(), 0
        for user, wanted in self.held.items():
            scores = vectors @ tastes[user] + biases
            scores[seen[user].indices] = -np.inf
            hits += sum(int((scores >= scores[item]).sum() <= 5) for item in wanted if item is not None)
        return hits / (5 * len(self.held))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True, help="the built command")
    parser.add_argument("--likes", required=True, help="likes.psv with columns uid and mid")
    parser.add_argument("--features", help="feats.psv with columns mid, type, value")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default="bench-results/continuation.json")
    args = parser.parse_args()
    likes = sorted(set(bench.read(args.likes, ("uid", "mid"))))
    found = {}
    for seed in range(1, args.seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            trial = Arrivals(args, likes, seed, folder)
            for name, seconds, precision in trial.ours() + trial.lightfm_rows():
                found.setdefault(name, []).append((seconds, precision))
    print("| | seconds | p@5 |\n|---|---|---|")
    results = []
    for name, runs in found.items():
        seconds, precision = (list(values) for values in zip(*runs))
        results.append({"what": name, "seconds": seconds, "precision": precision})
        print(f"| {name} | {statistics.mean(seconds):.3f} | {statistics.mean(precision):.4f} ± {bench.spread(precision):.4f} |")
    out = pathlib.Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
