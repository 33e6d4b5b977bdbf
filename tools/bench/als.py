#!/usr/bin/env python3
"""Seconds of an iteration of `likeness fit --loss als` beside implicit's, multiply-adds of the softmax, and the time until LightFM's best is passed.

    tools/bench/als.py --likeness .build/release/likeness FOLDER... [--components 64 128] [--threads 1 2] [--runs 5]
                       [--no-softmax] [--no-quality] [--lightfm-epochs 40]

A FOLDER holds likes.psv and, if there are any, feats.psv. Three tables:

1. Seconds of an iteration: by ours from `trainingSeconds` of runs of 8 and of 2 iterations (the difference, so that what comes before and after is left
   out), by implicit from its callback after each iteration. Both sides have ids alone and 3 steps of conjugate gradients; medians of --runs. Goal: half of
   implicit's. That both reach the same objective is what `ALSParityTests` checks to 1e-4.
2. Softmax, 3 epochs after 6 iterations of als, d = 64: seconds of the whole training, of one epoch (from runs of 7 and of 1), and multiply-adds a second of
   an epoch: each like has 128 negatives in 3 products of d. Goals: 10 billion on one thread, 6 seconds for goodbooks on two.
3. Time to quality: seconds of the default `fit`, whose precision at 5 on held-out likes is beside the best that LightFM reaches in any of its epochs (WARP,
   d = 64, ids and tags), and the seconds of LightFM until it is there. Goal: a fortieth.

Prints the tables and writes JSON.
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

require(implicit="implicit", lightfm="rectools-lightfm", numpy="numpy", scipy="scipy")

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from implicit.cpu.als import AlternatingLeastSquares  # noqa: E402
from lightfm import LightFM  # noqa: E402

from likes import pairs, tag_rows, tags  # noqa: E402


def run(args, *words):
    done = subprocess.run([args.likeness, *map(str, words)], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{words}\n{done.stderr}")
    return done.stdout


def store(args, folder, name, likes, features=None):
    path = folder / name
    run(args, "init", "--store", path)
    run(args, "ingest", "likes", likes, "--store", path)
    if features:
        run(args, "ingest", "features", features, "--store", path)
    return path


def fit(args, path, *options):
    words = ["--min-user-likes", 1, "--min-item-likes", 1, "--store", path, "--json"]
    return json.loads(run(args, "fit", *options, *words))["trainingSeconds"]


def matrix(likes):
    users = {user: n for n, user in enumerate(dict.fromkeys(user for user, _ in likes))}
    items = {item: n for n, item in enumerate(dict.fromkeys(item for _, item in likes))}
    cells = np.array([(users[u], items[i]) for u, i in set(likes)], np.int32).T
    return sp.csr_matrix((np.ones(cells.shape[1], np.float32), tuple(cells)), shape=(len(users), len(items))), users, items


def seconds_of(args, path, components, threads, loss, epochs):
    """Median seconds of trainings of so many epochs each; the runs take turns."""
    options = ["--loss", loss, "--components", components, "--threads", threads, "--features", "none"]
    seconds = {count: [] for count in epochs}
    for _ in range(args.runs):
        for count in epochs:
            seconds[count].append(fit(args, path, *options, "--epochs", count))
    return {count: statistics.median(values) for count, values in seconds.items()}


def implicits_iteration(args, likes, components, threads):
    ends = []
    for _ in range(args.runs):
        model = AlternatingLeastSquares(factors=components, iterations=8, num_threads=threads, random_state=1, use_cg=True)
        times = [time.perf_counter()]
        model.fit(likes, show_progress=False, callback=lambda *_: times.append(time.perf_counter()))
        # The first one prepares what the others use.
        ends += [later - earlier for earlier, later in zip(times[1:], times[2:])]
    return statistics.median(ends)


def speed(args, source, folder, results):
    likes = matrix(pairs(source / "likes.psv"))[0]
    path = store(args, folder, "speed", source / "likes.psv")
    for components in args.components:
        for threads in args.threads:
            own = seconds_of(args, path, components, threads, "als", (2, 8))
            mine = (own[8] - own[2]) / 6
            theirs = implicits_iteration(args, likes, components, threads)
            results["iterations"].append({"data": source.name, "components": components, "threads": threads, "likeness": mine,
                                          "implicit": theirs, "ratio": mine / theirs})
            print(results["iterations"][-1], file=sys.stderr, flush=True)
    if args.softmax:
        for threads in args.threads:
            own = seconds_of(args, path, 64, threads, "softmax", (1, 3, 7))
            epoch = (own[7] - own[1]) / 6
            results["softmax"].append({"data": source.name, "threads": threads, "epoch": epoch, "whole": own[3],
                                       "multiplyAdds": likes.nnz * 128 * 64 * 3 / epoch})
            print(results["softmax"][-1], file=sys.stderr, flush=True)


def best_of_lightfm(args, likes, held, features, threads):
    """The best precision at 5 of any epoch, and the seconds of training until then."""
    known = likes.tocsr()
    model = LightFM(no_components=64, loss="warp", learning_rate=0.05, random_state=1)
    best, seconds, at = 0.0, 0.0, 0.0
    for _ in range(args.lightfm_epochs):
        start = time.perf_counter()
        model.fit_partial(likes.tocoo(), item_features=features, epochs=1, num_threads=threads)
        seconds += time.perf_counter() - start
        biases, vectors = model.get_item_representations(features)
        hits = 0
        for user, wanted in held.items():
            scores = vectors @ model.user_embeddings[user] + biases
            scores[known[user].indices] = -np.inf
            hits += int(np.isin(np.argpartition(-scores, 5)[:5], wanted).sum())
        value = hits / (5 * len(held))
        if value > best:
            best, at = value, seconds
    return best, at


def quality(args, source, folder, results):
    train, test = folder / "train.psv", folder / "test.psv"
    run(args, "split", source / "likes.psv", "--held-out", 5, "--fraction", 0.2, "--seed", 1, "--train", train, "--test", test)
    features = source / "feats.psv" if (source / "feats.psv").exists() else None
    path = store(args, folder, "quality", train, features)
    likes, users, items = matrix(pairs(train))
    held = {}
    for user, item in pairs(test):
        if user in users:
            held.setdefault(users[user], []).append(items.get(item, -1))
    threads = max(args.threads)
    mine = statistics.median(fit(args, path, "--threads", threads) for _ in range(args.runs))
    found = json.loads(run(args, "evaluate", "--test", test, "-k", 5, "--exclude-train", "--store", path, "--json"))
    peers = {"ids": best_of_lightfm(args, likes, held, None, threads)}
    if features:
        peers["tags"] = best_of_lightfm(args, likes, held, tag_rows(tags(features), items), threads)
    name = max(peers, key=lambda peer: peers[peer][0])
    results["quality"].append({"data": source.name, "precision": found["metrics"]["precision"], "seconds": mine, "peers": peers,
                               "best": name, "share": mine / peers[name][1]})
    print(results["quality"][-1], file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--likeness", required=True)
    parser.add_argument("--components", nargs="+", type=int, default=[64, 128])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--lightfm-epochs", type=int, default=40)
    parser.add_argument("--no-softmax", dest="softmax", action="store_false")
    parser.add_argument("--no-quality", dest="quality", action="store_false")
    parser.add_argument("--out", default="als.json")
    args = parser.parse_args()
    results = {"iterations": [], "softmax": [], "quality": []}
    for source in args.folders:
        with tempfile.TemporaryDirectory() as folder:
            speed(args, source, pathlib.Path(folder), results)
            if args.quality:
                quality(args, source, pathlib.Path(folder), results)
        pathlib.Path(args.out).write_text(json.dumps(results, indent=1) + "\n")
    print("| data | d | threads | likeness, s an iteration | implicit | share | goal |\n|---|---|---|---|---|---|---|")
    for row in results["iterations"]:
        print(f"| {row['data']} | {row['components']} | {row['threads']} | {row['likeness']:.4f} | {row['implicit']:.4f} | {row['ratio']:.2f} | "
              f"0.50 |")
    if results["softmax"]:
        print("\n| softmax, d = 64, 3 epochs | threads | whole, s | an epoch, s | multiply-adds a second | goal |\n|---|---|---|---|---|---|")
        for row in results["softmax"]:
            print(f"| {row['data']} | {row['threads']} | {row['whole']:.2f} | {row['epoch']:.2f} | {row['multiplyAdds'] / 1e9:.1f} billion | "
                  f"10 billion on 1 thread; goodbooks 6 s on 2 |")
    if results["quality"]:
        print("\n| data | fit, s | precision@5 | LightFM's best | its seconds until then | share | goal |\n|---|---|---|---|---|---|---|")
        for row in results["quality"]:
            best, seconds = row["peers"][row["best"]]
            passed = "" if row["precision"] >= best else " (not passed)"
            print(f"| {row['data']} | {row['seconds']:.3f} | {row['precision']:.4f}{passed} | {best:.4f} ({row['best']}) | {seconds:.2f} | "
                  f"1/{1 / row['share']:.0f} | 1/40 |")


if __name__ == "__main__":
    main()
