#!/usr/bin/env python3
"""Recommendations for every user side by side: `likeness recommend --all` and implicit's `recommend` on all users.

    python3 tools/bench/recommend_all.py [--likeness PATH] [--users N --items N --likes N] [--threads 1 2] [--runs 5] [--json FILE]

Both rank the same number of items for the same number of users, d = 64, ten each, liked items left out. The likes come from
`likeness demo-data`; the vectors are each one's own after a short fit, since the time does not depend on them much. Ours is the whole
process, with ids looked up and a psv file written; implicit's is the call on arrays alone, in batches, with its BLAS on as many
threads. The two take turns; medians of --runs. implicit goes into a virtual environment (tools/.venv);
LIKENESS_PYTHON names another Python that has it already.
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


def run(options, *arguments):
    subprocess.run([options.likeness, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--likeness", default=os.path.join(HERE, "..", "..", ".build", "release", "likeness"))
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--likes", type=int, default=2_000_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()
    require(implicit="implicit", numpy="numpy", scipy="scipy", threadpoolctl="threadpoolctl")
    import implicit
    import numpy as np
    import scipy.sparse as sp
    import threadpoolctl

    with tempfile.TemporaryDirectory() as folder:
        data, store = os.path.join(folder, "data"), os.path.join(folder, "store")
        run(options, "demo-data", data, "--users", options.users, "--items", options.items, "--likes", options.likes)
        run(options, "init", "--store", store)
        run(options, "ingest", "likes", os.path.join(data, "likes.psv"), "--store", store)
        run(options, "fit", "--store", store, "--components", 64, "--epochs", 2, "--features", "none", "--min-user-likes", 1,
            "--min-item-likes", 1, "--threads", max(options.threads))
        with open(os.path.join(data, "likes.psv"), encoding="utf-8", newline="") as file:
            rows = [(row["uid"], row["mid"]) for row in csv.DictReader(file, delimiter="|", quotechar="\\")]
        users = {user: place for place, user in enumerate(dict.fromkeys(user for user, _ in rows))}
        items = {item: place for place, item in enumerate(dict.fromkeys(item for _, item in rows))}
        likes = sp.csr_matrix((np.ones(len(rows), dtype=np.float32),
                               ([users[user] for user, _ in rows], [items[item] for _, item in rows])),
                              shape=(len(users), len(items)))
        report = {"users": len(users), "items": len(items)}
        for threads in options.threads:
            with threadpoolctl.threadpool_limits(1):
                model = implicit.als.AlternatingLeastSquares(factors=64, iterations=1, num_threads=threads)
                model.fit(likes, show_progress=False)
            ours, theirs = [], []
            for _ in range(options.runs):
                start = time.perf_counter()
                run(options, "recommend", "--all", "--force", "-k", 10, "--store", store, "--threads", threads, "--output",
                    os.path.join(folder, "all.psv"))
                ours.append(time.perf_counter() - start)
                start = time.perf_counter()
                with threadpoolctl.threadpool_limits(threads):
                    for first in range(0, len(users), 10_000):
                        part = np.arange(first, min(first + 10_000, len(users)))
                        model.recommend(part, likes[part], N=10)
                theirs.append(time.perf_counter() - start)
            mine, peer = statistics.median(ours), statistics.median(theirs)
            report[f"threads{threads}"] = {"likeness": mine, "implicit": peer, "ratio": peer / mine}
            print(f"{len(users)} users x {len(items)} items, {threads} thread(s): likeness {mine:.2f} s, implicit {peer:.2f} s, "
                  f"{peer / mine:.2f} x as fast", flush=True)
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
