#!/usr/bin/env python3
"""Speed and quality of `likeness fit` beside LightFM: the same likes, the same run, the same number of threads.

    tools/bench/train.py --likeness .build/release/likeness --likes likes.psv [--features feats.psv] [--threads 1 2]
                         [--cases warp:64:none bpr:64:none warp:64:tfidf ...]
                         [--epochs N --learning-rate X --user-regularization X --item-regularization X]

A case is LOSS:COMPONENTS:FEATURES. For each, medians of the seconds that the epochs take, their ratio, and precision at 5 over 20 % of the
users with at least 10 likes, 5 likes of each held out, items of the training set left out of the ranking, means over seeds with
their standard errors. With features LightFM gets the same rows as we have without shrinkage: TF-IDF of unit length. Logistic loss gets,
on both sides, one made-up dislike for each like. Prints a table and writes JSON.
"""
import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent

# Numpy's threads go on spinning after a product, and would take a processor from what is measured next.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent))
from environment import require  # noqa: E402

require(lightfm="rectools-lightfm", numpy="numpy", scipy="scipy")

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from lightfm import LightFM  # noqa: E402

from likes import tag_rows  # noqa: E402

CASES = ["warp:64:none", "warp:10:none", "warp:128:none", "warp-kos:64:none", "bpr:64:none", "logistic:64:none", "warp:64:tfidf"]


def read(path, columns):
    with open(path, newline="", encoding="utf-8") as file:
        return [tuple(row[c] for c in columns) for row in csv.DictReader(file, delimiter="|", quotechar="\\")]


def write(path, pairs):
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, delimiter="|", quotechar="\\", lineterminator="\r\n")
        rows.writerow(["mid", "uid"])
        rows.writerows((item, user) for user, item in pairs)


class Trial:
    """One split of the likes, as stores of ours and as matrices for LightFM."""

    def __init__(self, args, likes, tags, seed, folder):
        self.args, self.seed, self.folder = args, seed, pathlib.Path(folder)
        rng = np.random.RandomState(seed)
        by_user = {}
        for user, item in likes:
            by_user.setdefault(user, []).append(item)
        able = sorted(user for user, items in by_user.items() if len(items) >= 10)
        test = set()
        for user in rng.permutation(able)[: len(able) // 5]:
            for place in rng.choice(len(by_user[user]), 5, replace=False):
                test.add((str(user), by_user[str(user)][place]))
        train = [pair for pair in likes if pair not in test]
        users = {user: index for index, user in enumerate(sorted({user for user, _ in train}))}
        items = {item: index for index, item in enumerate(sorted({item for _, item in train}))}
        rows, columns = np.ascontiguousarray(np.array([(users[u], items[i]) for u, i in train], np.int32).T)
        shape = (len(users), len(items))
        self.likes = sp.coo_matrix((np.ones(len(train), np.float32), (rows, columns)), shape=shape)
        drawn = sp.coo_matrix((np.ones(len(train), np.float32), (rows, rng.randint(0, len(items), len(train)))), shape=shape).tocsr()
        drawn.data[:] = 1
        unseen = (drawn - drawn.multiply(self.likes.tocsr())).tocoo()
        keep = unseen.data > 0
        cells = (np.concatenate([rows, unseen.row[keep]]), np.concatenate([columns, unseen.col[keep]]))
        values = np.concatenate([np.ones(len(rows)), -np.ones(keep.sum())]).astype(np.float32)
        self.opinions = sp.coo_matrix((values, cells), shape=shape)
        self.tags = tag_rows(tags, items) if tags else None
        self.held = {}
        for user, item in sorted(test):
            self.held.setdefault(users[user], []).append(items.get(item))
        names = (list(users), list(items))
        write(self.folder / "train.psv", train)
        write(self.folder / "test.psv", sorted(test))
        write(self.folder / "dislikes.psv", [(names[0][u], names[1][i]) for u, i in zip(unseen.row[keep], unseen.col[keep])])
        self.make_store("likes")
        self.make_store("opinions")
        self.run("ingest", "likes", self.folder / "dislikes.psv", "--dislikes", store="opinions")
        if tags:
            self.make_store("tags")
            self.run("ingest", "features", args.features, store="tags", fails=True)

    def make_store(self, name):
        self.run("init", store=name)
        self.run("ingest", "likes", self.folder / "train.psv", store=name)

    def run(self, *words, store, fails=False):
        words = [self.args.likeness, *map(str, words), "--store", str(self.folder / store), "--json"]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode and not fails:
            sys.exit(f"{' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def ours(self, loss, components, features, threads):
        store = "tags" if features != "none" else "opinions" if loss == "logistic" else "likes"
        args = self.args
        fit = self.run("fit", "--loss", loss, "--components", components, "--epochs", args.epochs, "--threads", threads,
                       "--seed", self.seed, "--features", features, "--min-user-likes", 1, "--min-item-likes", 1,
                       "--learning-rate", args.learning_rate, "--user-regularization", args.user_regularization,
                       "--item-regularization", args.item_regularization, store=store)
        found = self.run("evaluate", f"v{fit['version']}", "--test", self.folder / "test.psv", "-k", 5, "--exclude-train", store=store)
        return fit["trainingSeconds"], found["metrics"]["precision"]

    def lightfm(self, loss, components, features, threads):
        rows = self.tags if features != "none" else None
        entries = self.opinions if loss == "logistic" else self.likes
        model = LightFM(no_components=components, loss=loss, learning_rate=self.args.learning_rate, random_state=self.seed,
                        user_alpha=self.args.user_regularization, item_alpha=self.args.item_regularization)
        model.fit(entries, item_features=rows, epochs=0)
        start = time.perf_counter()
        model.fit_partial(entries, item_features=rows, epochs=self.args.epochs, num_threads=threads)
        seconds = time.perf_counter() - start
        biases, vectors = model.get_item_representations(rows)
        _, tastes = model.get_user_representations()
        seen, hits = self.likes.tocsr(), 0
        for user, wanted in self.held.items():
            scores = vectors @ tastes[user] + biases
            scores[seen[user].indices] = -np.inf
            hits += sum(int((scores >= scores[item]).sum() <= 5) for item in wanted if item is not None)
        return seconds, hits / (5 * len(self.held))


def spread(values):
    return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True, help="the built command")
    parser.add_argument("--likes", required=True, help="likes.psv with columns uid and mid")
    parser.add_argument("--features", help="feats.psv with columns mid, type, value; the cases with features need it")
    parser.add_argument("--cases", nargs="+", default=CASES)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--user-regularization", type=float, default=0, help="LightFM's user_alpha")
    parser.add_argument("--item-regularization", type=float, default=0, help="LightFM's item_alpha")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=5, help="runs of each; the first ones give the quality")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default="bench-results/train.json")
    args = parser.parse_args()
    likes = sorted(set(read(args.likes, ("uid", "mid"))))
    tags = [(item, f"{kind}:{value}".lower()) for item, kind, value in read(args.features, ("mid", "type", "value"))] \
        if args.features else []
    results = []
    print("| loss | d | features | threads | likeness | LightFM | ratio | p@5 | LightFM's p@5 |\n|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        trials = []
        for seed in range(1, args.seeds + 1):
            (pathlib.Path(folder) / str(seed)).mkdir()
            trials.append(Trial(args, likes, tags, seed, pathlib.Path(folder) / str(seed)))
        for case in args.cases:
            loss, components, features = case.split(":")
            if features != "none" and not tags:
                continue
            for threads in args.threads:
                times, quality = ([], []), ([], [])
                for number in range(args.runs):
                    trial = trials[number % args.seeds]
                    for which, train in enumerate((trial.ours, trial.lightfm)):
                        seconds, precision = train(loss, int(components), features, threads)
                        times[which].append(seconds)
                        if number < args.seeds:
                            quality[which].append(precision)
                mine, peer = (statistics.median(values) for values in times)
                means = [statistics.mean(values) for values in quality]
                results.append({"loss": loss, "components": int(components), "features": features, "threads": threads,
                                "epochs": args.epochs, "runs": args.runs, "seconds": mine, "lightfmSeconds": peer, "ratio": peer / mine,
                                "precision": quality[0], "lightfmPrecision": quality[1]})
                print(f"| {loss} | {components} | {features} | {threads} | {mine:.3f} s | {peer:.2f} s | {peer / mine:.1f} × | "
                      f"{means[0]:.4f} ± {spread(quality[0]):.4f} | {means[1]:.4f} ± {spread(quality[1]):.4f} |", flush=True)
    out = pathlib.Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
