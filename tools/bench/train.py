#!/usr/bin/env python3
"""Times `likeness fit` beside LightFM on the same likes, in the same run, with the same number of threads.

    tools/bench/train.py --likeness .build/release/likeness --likes likes.psv [--features feats.psv] [--threads 1 2]

Prints a table of medians and writes JSON. Quality is precision at 5 over 20 % of the users with at least 10 likes, 5 likes of
each held out, items of the training set left out of the ranking, over several seeds.
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
VENV = HERE / ".venv"

try:
    import numpy as np
    import scipy.sparse as sp
    from lightfm import LightFM
except ImportError:
    if os.environ.get("LIKENESS_BENCH_VENV"):
        sys.exit("rectools-lightfm was installed but cannot be imported; remove tools/bench/.venv and try again")
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    python = str(VENV / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "rectools-lightfm", "numpy", "scipy"], check=True)
    os.execve(python, [python, *sys.argv], {**os.environ, "LIKENESS_BENCH_VENV": "1"})


def read(path, columns):
    with open(path, newline="", encoding="utf-8") as file:
        return [tuple(row[c] for c in columns) for row in csv.DictReader(file, delimiter="|", quotechar="\\")]


def split(likes, seed):
    rng = np.random.RandomState(seed)
    by_user = {}
    for user, item in likes:
        by_user.setdefault(user, []).append(item)
    able = sorted(user for user, items in by_user.items() if len(items) >= 10)
    test = set()
    for user in rng.permutation(able)[: len(able) // 5]:
        for place in rng.choice(len(by_user[user]), 5, replace=False):
            test.add((str(user), by_user[str(user)][place]))
    return [pair for pair in likes if pair not in test], sorted(test)


def write(path, pairs):
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, delimiter="|", quotechar="\\", lineterminator="\r\n")
        rows.writerow(["mid", "uid"])
        rows.writerows((item, user) for user, item in pairs)


def run(*words):
    done = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def ours(args, train, test, weighting, threads, seed):
    with tempfile.TemporaryDirectory() as folder:
        store, train_file, test_file = (pathlib.Path(folder) / name for name in ("store", "train.psv", "test.psv"))
        write(train_file, train)
        write(test_file, test)
        tool = args.likeness
        subprocess.run([tool, "init", "--store", store], check=True, capture_output=True)
        subprocess.run([tool, "ingest", "likes", train_file, "--store", store], check=True, capture_output=True)
        if weighting != "none":
            subprocess.run([tool, "ingest", "features", args.features, "--store", store], capture_output=True)
        fit = run(tool, "fit", "--store", store, "--loss", args.loss, "--components", args.components, "--epochs", args.epochs,
                  "--learning-rate", 0.05, "--threads", threads, "--seed", seed, "--features", weighting,
                  "--min-user-likes", 1, "--min-item-likes", 1, "--json")
        version = fit["version"]
        found = run(tool, "evaluate", version, "--store", store, "--test", test_file, "-k", 5, "--exclude-train", "--json")
        metrics = found.get("metrics", found)
        quality = next(value for name, value in metrics.items() if name.startswith("precision"))
        return fit["trainingSeconds"], quality


def lightfm(args, train, test, tags, threads, seed):
    users = {user: index for index, user in enumerate(sorted({user for user, _ in train}))}
    items = {item: index for index, item in enumerate(sorted({item for _, item in train}))}
    rows, columns = np.ascontiguousarray(np.array([(users[u], items[i]) for u, i in train], np.int32).T)
    likes = sp.coo_matrix((np.ones(len(train), np.float32), (rows, columns)), shape=(len(users), len(items)))
    features = None
    if tags:
        known = sorted({(items[item], tag) for item, tag in tags if item in items})
        names = {tag: index for index, tag in enumerate(sorted({tag for _, tag in known}))}
        cells = ([item for item, _ in known], [names[tag] for _, tag in known])
        named = sp.coo_matrix((np.ones(len(known), np.float32), cells), shape=(len(items), len(names)))
        features = sp.hstack([sp.identity(len(items), dtype=np.float32), named]).tocsr()
    model = LightFM(no_components=args.components, loss=args.loss, learning_rate=0.05, random_state=seed)
    model.fit(likes, item_features=features, epochs=0)
    start = time.perf_counter()
    model.fit_partial(likes, item_features=features, epochs=args.epochs, num_threads=threads)
    seconds = time.perf_counter() - start
    biases, vectors = model.get_item_representations(features)
    _, tastes = model.get_user_representations()
    seen = likes.tocsr()
    held = {}
    for user, item in test:
        held.setdefault(user, []).append(items.get(item))
    hits = 0
    for user, wanted in held.items():
        scores = vectors @ tastes[users[user]] + biases
        scores[seen[users[user]].indices] = -np.inf
        hits += sum(int((scores >= scores[item]).sum() <= 5) for item in wanted if item is not None)
    return seconds, hits / (5 * len(held))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True, help="the built command")
    parser.add_argument("--likes", required=True, help="likes.psv with columns uid and mid")
    parser.add_argument("--features", help="feats.psv with columns mid, type, value; adds the runs with tags")
    parser.add_argument("--loss", default="warp", choices=["warp", "warp-kos", "bpr"])
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=5, help="runs of each; the first seeds give the quality")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default="bench-results/train.json")
    args = parser.parse_args()
    likes = sorted(set(read(args.likes, ("uid", "mid"))))
    tags = [(item, f"{kind}:{value}".lower()) for item, kind, value in read(args.features, ("mid", "type", "value"))] \
        if args.features else []
    results = []
    print(f"{'features':9} {'threads':>7} {'ours s':>9} {'LightFM s':>10} {'ratio':>7} {'ours p@5':>9} {'LightFM p@5':>12}")
    for weighting in ["none"] + (["tfidf"] if tags else []):
        for threads in args.threads:
            times, quality = ([], []), ([], [])
            for number in range(args.runs):
                seed = 1 + number % args.seeds
                train, test = split(likes, seed)
                for which, found in enumerate((ours(args, train, test, weighting, threads, seed),
                                               lightfm(args, train, test, tags if weighting != "none" else [], threads, seed))):
                    times[which].append(found[0])
                    if number < args.seeds:
                        quality[which].append(found[1])
            mine, peer = (statistics.median(values) for values in times)
            row = {"features": weighting, "threads": threads, "seconds": mine, "lightfmSeconds": peer, "ratio": peer / mine,
                   "precision": statistics.mean(quality[0]), "lightfmPrecision": statistics.mean(quality[1]),
                   "loss": args.loss, "components": args.components, "epochs": args.epochs}
            results.append(row)
            print(f"{weighting:9} {threads:7} {mine:9.3f} {peer:10.3f} {peer / mine:7.1f} {row['precision']:9.4f} "
                  f"{row['lightfmPrecision']:12.4f}", flush=True)
    out = pathlib.Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
