#!/usr/bin/env python3
"""Evaluation side by side: `likeness evaluate` and lightfm.evaluation.precision_at_k.

    python3 tools/bench/evaluate.py [--likeness PATH] [--likes likes.psv] [--threads 1 2] [--json FILE]

Both train WARP, d = 64, on the same train likes, then measure precision@5 of the same held-out likes, train likes left
out. Without --likes the likes come from `likeness demo-data`. For each number of threads it prints medians of --runs
evaluations and two ratios: of the ranking alone, which is what LightFM's figure holds, and with the reading of store and
test file by a process of its own. `likeness evaluate` computes all its metrics in that time. The two take turns, so that
what else the machine does hits both. Held-out likes of items without train likes rank last in ours, and have no place in
LightFM's matrix, so ours may count some users more. Writes JSON too. LightFM goes
into a virtual environment (tools/.venv); LIKENESS_PYTHON names another Python that has it already.
"""
import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from environment import require  # noqa: E402


def likeness(options, *arguments):
    result = subprocess.run([options.likeness, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(result.stdout.strip().splitlines()[-1]) if "--json" in arguments else None


def read_likes(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="|", quotechar="\\")
        return [(row["uid"], row["mid"]) for row in rows]


def prepare_likeness(options, folder, train, test):
    """A function that evaluates once with so many threads and gives the report, the process's seconds in it."""
    store = os.path.join(folder, "store")
    likeness(options, "init", "--store", store)
    likeness(options, "ingest", "likes", train, "--store", store)
    likeness(options, "fit", "--store", store, "--components", 64, "--epochs", options.epochs, "--features", "none",
             "--min-user-likes", 1, "--min-item-likes", 1, "--threads", max(options.threads), "--as", "bench")

    def evaluate(threads):
        start = time.perf_counter()
        report = likeness(options, "evaluate", "bench", "--store", store, "--test", test, "-k", 5, "--exclude-train",
                          "--threads", threads, "--json")
        return {**report, "processSeconds": time.perf_counter() - start, "precision": report["metrics"]["precision"]}

    return evaluate


def prepare_lightfm(options, train, test):
    """The same for LightFM."""
    import numpy as np
    import scipy.sparse as sp
    from lightfm import LightFM
    from lightfm.evaluation import precision_at_k

    train, test = read_likes(train), read_likes(test)
    users = {user: place for place, user in enumerate(dict.fromkeys(user for user, _ in train))}
    items = {item: place for place, item in enumerate(dict.fromkeys(item for _, item in train))}

    def matrix(likes):
        pairs = sorted({(users[user], items[item]) for user, item in likes if user in users and item in items})
        rows, columns = np.array(pairs).T
        return sp.csr_matrix((np.ones(len(pairs), np.float32), (rows, columns)), shape=(len(users), len(items)))

    train, test = matrix(train), matrix(test)
    model = LightFM(no_components=64, loss="warp", random_state=1)
    model.fit(train, epochs=options.epochs, num_threads=max(options.threads))

    def evaluate(threads):
        start = time.perf_counter()
        values = precision_at_k(model, test, train, k=5, num_threads=threads)
        return {"seconds": time.perf_counter() - start, "precision": float(np.mean(values, dtype=float)),
                "users": len(values)}

    return evaluate


def medians(reports, *names):
    return {name: statistics.median(report[name] for report in reports) for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", default=os.path.join(HERE, "..", "..", ".build", "release", "likeness"))
    parser.add_argument("--likes", help="a psv file of likes (modelname|mid|uid)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", default=os.path.join(HERE, "..", "..", "bench-results", "evaluate.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        likes = options.likes
        if not likes:
            likeness(options, "demo-data", folder, "--users", 30000, "--items", 10000, "--likes", 600000, "--seed", 1)
            likes = os.path.join(folder, "likes.psv")
        train, test = os.path.join(folder, "train.psv"), os.path.join(folder, "test.psv")
        likeness(options, "split", likes, "--held-out", 5, "--fraction", 0.2, "--seed", 1, "--train", train, "--test", test)
        ours, theirs = prepare_likeness(options, folder, train, test), prepare_lightfm(options, train, test)
        runs = {threads: [(ours(threads), theirs(threads)) for _ in range(options.runs)] for threads in options.threads}
    result = {"runs": options.runs, "threads": {}}
    print(f"precision@5 of held-out users, train likes excluded, medians of {options.runs}")
    for threads in options.threads:
        mine = medians([run[0] for run in runs[threads]], "rankingSeconds", "seconds", "processSeconds", "precision", "users")
        other = medians([run[1] for run in runs[threads]], "seconds", "precision", "users")
        ratios = {"rankingRatio": other["seconds"] / mine["rankingSeconds"], "ratio": other["seconds"] / mine["seconds"]}
        result["threads"][threads] = {"likeness": mine, "lightfm": other, **ratios}
        print(f"\n{threads} thread(s){'':16} {'users':>7} {'precision@5':>12} {'ms':>8}")
        print(f"{'lightfm':28} {other['users']:7d} {other['precision']:12.4f} {other['seconds'] * 1e3:8.1f}")
        print(f"{'likeness, ranking alone':28} {mine['users']:7d} {mine['precision']:12.4f} "
              f"{mine['rankingSeconds'] * 1e3:8.1f}  {ratios['rankingRatio']:5.1f} times as fast")
        print(f"{'likeness, reading included':28} {'':7} {'':12} {mine['seconds'] * 1e3:8.1f}  {ratios['ratio']:5.1f} times as fast")
        print(f"{'likeness, whole process':28} {'':7} {'':12} {mine['processSeconds'] * 1e3:8.1f}")
    os.makedirs(os.path.dirname(os.path.abspath(options.json)), exist_ok=True)
    with open(options.json, "w") as file:
        json.dump(result, file, indent=2)


if __name__ == "__main__":
    require(lightfm="rectools-lightfm", numpy="numpy<2", scipy="scipy")
    main()
