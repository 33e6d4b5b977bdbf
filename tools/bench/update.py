#!/usr/bin/env python3
"""What a continuation after 1,000 new likes costs, whole process, beside LightFM that loads its pickle, continues and writes it again.

    tools/bench/update.py --likeness .build/release/likeness [--users 1000000 --items 200000 --tags 5000 --likes 10000000] [--loss als warp]
                          [--components 64] [--updates 5] [--no-peer]

Made-up data of that size is fitted once. Then 1,000 likes come in at a time, and each time `fit-partial` runs as a process of its own: seconds
from its start to its end, so published and durable; the peak of its private memory; bytes written; the rows that it wrote. Beside it LightFM, which
is given as many users, items and tags (identity and tags, its parameters as they start, since its time does not depend on their values): unpickles
model and vocabularies, `fit_partial` for 5 epochs on as many new likes, pickles again and syncs. Then the first answer and `versions promote` in
processes of their own. Medians of --updates. Prints a table and writes JSON.
"""
import argparse
import json
import os
import pathlib
import pickle
import random
import resource
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(HERE.parent))
import program  # noqa: E402
from environment import require  # noqa: E402

require(lightfm="rectools-lightfm", numpy="numpy", scipy="scipy")

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from lightfm import LightFM  # noqa: E402


class Store:
    def __init__(self, args, folder, loss):
        self.args, self.folder, self.loss = args, folder, loss
        self.path = folder / f"store-{loss}"

    def run(self, *words, store=True, peak=False):
        return program.measured([self.args.likeness, *words, *(["--store", self.path] if store else [])], peak)

    def fill(self, likes, features):
        self.run("init")
        self.run("ingest", "likes", likes)
        self.run("ingest", "features", features)
        components = ["--components", self.args.components] if self.args.components else []
        epochs = [] if self.loss == "als" else ["--epochs", self.args.epochs]
        report = json.loads(self.run("fit", "--loss", self.loss, *components, *epochs, "--threads", self.args.threads, "--json")[2])
        self.full = report

    def measured(self, parts):
        results = []
        for part in parts:
            self.run("ingest", "likes", part)
            seconds, peak, out = self.run("fit-partial", "--threads", self.args.threads, "--json", peak=True)
            report = json.loads(out)
            changes = report["changes"]
            results.append({"seconds": seconds, "inside": report["totalSeconds"], "peak": peak, "written": report["bytesWritten"],
                            "rows": changes["rowsWritten"], "touched": changes["touchedUsers"] + changes["touchedItems"]})
        query = [self.run("nearest", "items", "--to", f"item:{self.item}", "-k", 10)[0] for _ in range(5)]
        moves = [self.run("versions", "promote", f"v{1 + n % 2}")[0] for n in range(5)]
        self.run("versions", "verify", "--json")
        median = {key: statistics.median(result[key] for result in results) for key in results[0]}
        return {"loss": self.loss, **median, "query": statistics.median(query), "promote": statistics.median(moves),
                "fullWritten": self.full["bytesWritten"], "fullSeconds": self.full["totalSeconds"]}


def lightfm(args, folder):
    """Seconds and bytes of LightFM's own way round, as a process that starts with nothing would take them."""
    users, items, tags, components = args.users, args.items, args.tags, args.components or 64
    generator = np.random.RandomState(1)
    model = LightFM(no_components=components, loss="warp")
    columns = np.repeat(np.arange(items), 6), items + generator.randint(0, tags, items * 6)
    features = sp.hstack([sp.identity(items, dtype=np.float32),
                          sp.coo_matrix((np.ones(items * 6, np.float32), (columns[0], columns[1] - items)), shape=(items, tags))]).tocsr()

    def matrix():
        pairs = generator.randint(0, users, 1000), generator.randint(0, items, 1000)
        return sp.coo_matrix((np.ones(1000, np.float32), pairs), shape=(users, items))

    model.fit_partial(matrix(), item_features=features, epochs=1)
    vocabularies = [{f"{n:032x}": n for n in range(count)} for count in (users, items, tags)]
    path = folder / "lightfm.pickle"
    with open(path, "wb") as file:
        pickle.dump((model, vocabularies, features), file, protocol=4)
    seconds = []
    for _ in range(args.updates):
        likes = matrix()
        del model, vocabularies
        start = time.perf_counter()
        with open(path, "rb") as file:
            model, vocabularies, features = pickle.load(file)
        model.fit_partial(likes, item_features=features, epochs=5, num_threads=args.threads)
        with open(path, "wb") as file:
            pickle.dump((model, vocabularies, features), file, protocol=4)
            file.flush()
            os.fsync(file.fileno())
        seconds.append(time.perf_counter() - start)
    return {"loss": "LightFM, pickle", "seconds": statistics.median(seconds), "written": path.stat().st_size,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--tags", type=int, default=5_000)
    parser.add_argument("--likes", type=int, default=10_000_000)
    parser.add_argument("--components", type=int, help="the length of vectors; each loss's own default if left out")
    parser.add_argument("--epochs", type=int, default=2, help="of the full fit by a stepping loss: what it learns does not matter here")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--updates", type=int, default=5)
    parser.add_argument("--loss", nargs="+", default=["als", "warp"])
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--out", default="update.json")
    args = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        Store(args, folder, "").run("demo-data", folder / "data", "--users", args.users, "--items", args.items, "--likes", args.likes,
                                    "--tags", args.tags, "--seed", 3, store=False)
        likes = folder / "data" / "likes.psv"
        # The new likes are drawn from all of them, and the rest comes first.
        held, choose = [], random.Random(5)
        with open(likes, encoding="utf-8") as file, open(folder / "base.psv", "w", encoding="utf-8") as base:
            head = file.readline()
            base.write(head)
            share = 1.2 * 1000 * args.updates / args.likes
            for line in file:
                if choose.random() < share and line.count("|") == 2:
                    held.append(line)
                else:
                    base.write(line)
        likes.unlink()
        parts = []
        for part in range(args.updates):
            parts.append(folder / f"part{part}.psv")
            parts[-1].write_text(head + "".join(held[1000 * part:1000 * (part + 1)]), encoding="utf-8")
        for loss in args.loss:
            store = Store(args, folder, loss)
            store.item = held[0].split("|")[1]
            store.fill(folder / "base.psv", folder / "data" / "feats.psv")
            results.append(store.measured(parts))
            print(json.dumps(results[-1]), file=sys.stderr)
        if not args.no_peer:
            results.append(lightfm(args, folder))
    pathlib.Path(args.out).write_text(json.dumps(results, indent=1))
    print("| | whole process, s | private memory (LightFM: the script's peak), MiB | written | of a full version | rows written / touched | first answer, ms | promote, ms |")
    print("|---|---|---|---|---|---|---|---|")
    for r in results:
        if "fullWritten" in r:
            print(f"| {r['loss']} | {r['seconds']:.3f} | {r['peak']:.0f} | {r['written'] / 1e6:.1f} MB | {100 * r['written'] / r['fullWritten']:.2f} % | "
                  f"{r['rows']:.0f} / {r['touched']:.0f} | {1000 * r['query']:.0f} | {1000 * r['promote']:.0f} |")
        else:
            print(f"| {r['loss']} | {r['seconds']:.3f} | {r['peak']:.0f} | {r['written'] / 1e6:.1f} MB | 100 % | | | |")


if __name__ == "__main__":
    main()
