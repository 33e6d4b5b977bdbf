#!/usr/bin/env python3
"""How well `likeness fit` ranks beside implicit's ALS and BPR and LightFM, each tuned by scikit-optimize.

    tools/bench/ranking.py --likeness .build/release/likeness FOLDER... [--trials 40] [--seeds 3] [--peers als bpr lightfm] [--tune als softmax]

A FOLDER holds likes.psv and, if there are any, feats.psv, as `likeness ingest` reads them. For each: 20 % of the users with at least 10 likes, five
likes of each held out for the test; from the rest five more of another 20 % for validation. The peers' settings are searched on the validation
likes of the first seed (`forest_minimize`, --trials, wide bounds), and what is best there is fitted on all train likes and measured on the test.
Ours has its defaults first: nothing is searched. Then it has the settings that `likeness tune` finds with --trials among the losses of --tune on the train likes of the
first seed, which it splits by itself. Precision at 5 and NDCG at 10 with the train items left out of the ranking, thresholds 1; means over
--seeds with standard errors of the precision, and the seconds of a fit on --threads. `likeness fit --auto` chooses for each split by itself. A second table
has the lead of our defaults, of `--auto` and of our tuned settings over the best peer, by split: its mean, its standard error, and whether it is more than
two of them. Prints the tables and writes JSON after each set; --continue leaves out the rows that the JSON has.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent))
from environment import require  # noqa: E402

require(implicit="implicit", lightfm="rectools-lightfm", skopt="scikit-optimize", numpy="numpy", scipy="scipy")

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from implicit.als import AlternatingLeastSquares  # noqa: E402
from implicit.bpr import BayesianPersonalizedRanking  # noqa: E402
from lightfm import LightFM  # noqa: E402
from skopt import forest_minimize  # noqa: E402
from skopt.space import Integer, Real  # noqa: E402

from likes import pairs  # noqa: E402


class Split:
    """Train and test likes of one data set, as files and as matrices with the same rows."""

    def __init__(self, args, likes, folder, seed):
        self.args, self.folder = args, folder
        folder.mkdir(parents=True)
        self.train, self.test = folder / "train.psv", folder / "test.psv"
        self.run("split", likes, "--held-out", 5, "--fraction", 0.2, "--seed", seed, "--train", self.train, "--test", self.test)
        train, test = pairs(self.train), pairs(self.test)
        self.users = {user: n for n, user in enumerate(dict.fromkeys(user for user, _ in train))}
        self.items = {item: n for n, item in enumerate(dict.fromkeys(item for _, item in train))}
        self.matrix = self.sparse(train)
        # Items that are not in the train likes count as missed, as `likeness evaluate` counts them.
        self.held = {}
        for user, item in test:
            if user in self.users:
                self.held.setdefault(self.users[user], []).append(self.items.get(item, -1))

    def sparse(self, likes):
        rows = [(self.users[u], self.items[i]) for u, i in likes if u in self.users and i in self.items]
        ones = np.ones(len(rows), np.float32)
        matrix = sp.csr_matrix((ones, tuple(np.array(rows).T)), shape=(len(self.users), len(self.items)))
        matrix.data[:] = 1
        return matrix

    def run(self, *words):
        done = subprocess.run([self.args.likeness, *map(str, words)], capture_output=True, text=True)
        if done.returncode not in (0, 3):
            raise SystemExit(f"{words}\n{done.stderr}")
        return done.stdout

    def measured(self, scores):
        """Precision at 5 and NDCG at 10 of a function from users' rows to scores of all items."""
        users = np.array(sorted(self.held))
        precision, ndcg = [], []
        discounts = 1 / np.log2(np.arange(2, 12))
        for start in range(0, len(users), 256):
            part = users[start:start + 256]
            table = np.array(scores(part), np.float32)
            rows, columns = self.matrix[part].nonzero()
            table[rows, columns] = -np.inf
            best = np.argpartition(-table, 10, axis=1)[:, :10]
            best = np.take_along_axis(best, np.argsort(-np.take_along_axis(table, best, 1), 1, kind="stable"), 1)
            for row, user in enumerate(part):
                hits = np.isin(best[row], self.held[user])
                precision.append(hits[:5].sum() / 5)
                ndcg.append((hits * discounts).sum() / discounts[:min(10, len(self.held[user]))].sum())
        return float(np.mean(precision)), float(np.mean(ndcg))


def factors(split, model):
    """Quality and seconds of one of implicit's models."""
    start = time.perf_counter()
    model.fit(split.matrix, show_progress=False)
    seconds = time.perf_counter() - start
    return split.measured(lambda users: model.user_factors[users] @ model.item_factors.T), seconds


def als(split, choice, threads):
    count, regularization, alpha, iterations = choice
    return factors(split, AlternatingLeastSquares(factors=count, regularization=regularization, alpha=alpha, iterations=iterations,
                                                  num_threads=threads, random_state=1))


def bpr(split, choice, threads):
    count, regularization, rate, iterations = choice
    return factors(split, BayesianPersonalizedRanking(factors=count, regularization=regularization, learning_rate=rate,
                                                      iterations=iterations, num_threads=threads, random_state=1))


def lightfm(split, choice, threads):
    components, rate, penalty, sampled, epochs = choice
    model = LightFM(no_components=components, loss="warp", learning_rate=rate, user_alpha=penalty, item_alpha=penalty,
                    max_sampled=sampled, random_state=1)
    start = time.perf_counter()
    model.fit(split.matrix.tocoo(), epochs=epochs, num_threads=threads)
    seconds = time.perf_counter() - start
    if not np.isfinite(model.item_embeddings).all():
        return (0.0, 0.0), seconds
    return split.measured(lambda users: model.user_embeddings[users] @ model.item_embeddings.T + model.item_biases), seconds


PEERS = {
    "als": ("implicit ALS", als, [Integer(32, 128), Real(1e-3, 100, "log-uniform"), Real(0.1, 200, "log-uniform"), Integer(5, 30)]),
    "bpr": ("implicit BPR", bpr, [Integer(32, 128), Real(1e-4, 1, "log-uniform"), Real(1e-3, 0.3, "log-uniform"), Integer(20, 150)]),
    "lightfm": ("LightFM WARP, ids", lightfm, [Integer(16, 128), Real(0.01, 0.2, "log-uniform"), Real(1e-8, 1e-3, "log-uniform"),
                                              Integer(5, 40), Integer(5, 50)]),
}
OURS = {"likeness fit": ([], True), "likeness fit, ids": ([], False), "likeness fit --loss softmax": (["--loss", "softmax"], True),
        "likeness fit --auto": (["--auto"], True),
        "likeness fit --loss warp": (["--loss", "warp", "--epochs", "20"], True)}


TUNED = "likeness fit, tuned"


def stored(split, features, name):
    store = split.folder / name
    split.run("init", "--store", store)
    split.run("ingest", "likes", split.train, "--store", store)
    if features:
        split.run("ingest", "features", features, "--store", store)
    return store


def tuned(split, losses, features, args):
    """What `likeness tune` finds, as options of fit, and the seconds that it took."""
    store = stored(split, features, "tuned")
    start = time.perf_counter()
    found = json.loads(split.run("tune", "--trials", args.trials, "--loss", ",".join(losses), "--metric", "precision@5", "--min-user-likes", 1,
                                 "--min-item-likes", 1, "--threads", args.threads, "--store", store, "--json"))
    words = found["command"].split()[2:]
    # These are the same for all fits here.
    options = [pair for place in range(0, len(words), 2) if words[place] not in ("--min-user-likes", "--min-item-likes", "--threads")
               for pair in words[place:place + 2]]
    return options, time.perf_counter() - start


def ours(split, options, features, threads, name):
    store = stored(split, features, name)
    words = ["--min-user-likes", 1, "--min-item-likes", 1, "--threads", threads, "--store", store, "--json"]
    report = json.loads(split.run("fit", *options, *words))
    # What a choice measured is part of its price.
    seconds = report["totalSeconds" if "--auto" in options else "trainingSeconds"]
    values = []
    for k, metric in ((5, "precision"), (10, "ndcg")):
        found = json.loads(split.run("evaluate", "production", "--test", split.test, "-k", k, "--exclude-train", "--store", store, "--json"))
        values.append(found["metrics"][metric])
    return tuple(values), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--likeness", required=True)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    parser.add_argument("--tune", nargs="*", default=["als", "softmax"], help="losses of the search for our settings; none for no search")
    parser.add_argument("--out", default="ranking.json")
    parser.add_argument("--continue", dest="goes_on", action="store_true")
    args = parser.parse_args()
    results = []
    if args.goes_on and pathlib.Path(args.out).exists():
        results = json.loads(pathlib.Path(args.out).read_text())
    for name in args.folders:
        measure(args, pathlib.Path(name), results)
    print("| data | model | precision@5 | NDCG@10 | fit, s |")
    print("|---|---|---|---|---|")
    for r in results:
        print(f"| {r['data']} | {r['model']} | {r['precision']:.4f} ± {r['error']:.4f} | {r['ndcg']:.4f} | {r['seconds']:.2f} |")
    leads(results)


def measure(args, data, results):
    """Adds the rows of a data set that are not there yet, each as soon as it is known."""
    known = {row["model"] for row in results if row["data"] == data.name}
    features = data / "feats.psv" if (data / "feats.psv").exists() else None

    def add(label, values, choice):
        precision = [value[0][0] for value in values]
        error = statistics.stdev(precision) / len(precision) ** 0.5 if len(precision) > 1 else 0.0
        results.append({"data": data.name, "model": label, "precision": statistics.mean(precision), "error": error,
                        "precisions": precision, "ndcg": statistics.mean(value[0][1] for value in values),
                        "seconds": statistics.median(value[1] for value in values), "choice": choice})
        print(results[-1], file=sys.stderr, flush=True)
        pathlib.Path(args.out).write_text(json.dumps(results, indent=1))

    with tempfile.TemporaryDirectory() as temporary:
        splits = [Split(args, data / "likes.psv", pathlib.Path(temporary) / f"seed{seed}", seed) for seed in range(1, args.seeds + 1)]
        validation = Split(args, splits[0].train, pathlib.Path(temporary) / "validation", 101)
        for number, (label, (options, has_features)) in enumerate(OURS.items()):
            if label in known or label == "likeness fit, ids" and not features:
                continue
            add(label, [ours(split, options, features if has_features else None, args.threads, f"store{number}") for split in splits], None)
        if args.tune and TUNED not in known:
            options, seconds = tuned(splits[0], args.tune, features, args)
            print("found in", round(seconds), "s:", *options, file=sys.stderr)
            add(TUNED, [ours(split, options, features, args.threads, "storeOfTuned") for split in splits], options)
        for peer in args.peers:
            label, fit, space = PEERS[peer]
            if f"{label}, tuned" in known:
                continue
            search = forest_minimize(lambda choice: -fit(validation, choice, args.threads)[0][0], space, n_calls=args.trials, random_state=1)
            add(f"{label}, tuned", [fit(split, search.x, args.threads) for split in splits], [str(x) for x in search.x])


def leads(results):
    """Prints by how much ours lead the best peer, split by split."""
    names = [label + ", tuned" for label, _, _ in PEERS.values()]
    print("\n| data | best peer | lead of `fit` | of `fit --auto` | of `fit`, tuned |")
    print("|---|---|---|---|---|")
    for data in dict.fromkeys(row["data"] for row in results):
        own = {row["model"]: row for row in results if row["data"] == data}
        peers = [own[name] for name in names if name in own]
        if not peers:
            continue
        best = max(peers, key=lambda row: row["precision"])
        cells = []
        for model in ("likeness fit", "likeness fit --auto", TUNED):
            if model not in own:
                cells.append("")
                continue
            differences = [a - b for a, b in zip(own[model]["precisions"], best["precisions"])]
            error = statistics.stdev(differences) / len(differences) ** 0.5 if len(differences) > 1 else float("nan")
            mean = statistics.mean(differences)
            cells.append(f"{mean:+.4f} ± {error:.4f}" + (" *" if abs(mean) > 2 * error else ""))
        print(f"| {data} | {best['model']} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
