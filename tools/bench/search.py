#!/usr/bin/env python3
"""Every kind of search side by side with faiss, hnswlib, usearch and implicit, in one run: one table.

    tools/bench/search.py [--only exact batch …] [--folder DIR] [--large] [--runs 3] [--json FILE]

Each part gives both sides the same vectors, queries and threads, and lets them take turns:

    in-process     nearest from Swift over 1,500 items: in one session, and with a session each
    exact          200,000 x 64, one query at a time, against faiss IndexFlatIP on 1 and 2 threads; 1,000,000 rows with 2 threads against 1
    batch          1,000 queries in one pass, against faiss's own batch on as many threads
    filters        50 %, 5 % and 0.1 % of the rows pass, against no filter
    approximate    queries a second at recall@10 of .93 and .98, against faiss IVF-SQ8, hnswlib and usearch on one thread; and building
    factors        the same over models of ours of Last.fm and goodbooks (ALS items by cosine; WARP items with biases by inner product with
                   users), which are fitted from the data in --folder; peers have a bias as one component more
    recommend-all  ten items for each of 100,000 users of 50,000 items, against implicit's recommend (tools/bench/recommend_all.py)
    fold-in        somebody by 20 likes among 200,000 items; and precision@5 and NDCG@10 of users folded in against the same users trained in, over
                   3 splits of the data in --folder
    large          with --large: 5,000,000 x 64, exact with 2 threads, and approximate

--folder holds hetrec2011-lastfm-2k/psv and goodbooks-10k; the parts that need what is not there say so. Makes a virtual environment under
tools/.venv, unless LIKENESS_PYTHON names a Python that has the packages. Quality is measured by an exact search of the same vectors. Exact
answers are compared with faiss's: any that differ by more than rounding end the script with status 1.
"""
import argparse
import csv
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))
from environment import require  # noqa: E402

require(faiss="faiss-cpu", numpy="numpy", hnswlib="hnswlib", usearch="usearch", implicit="implicit", scipy="scipy",
        threadpoolctl="threadpoolctl")

import faiss  # noqa: E402
import numpy  # noqa: E402
import search_sides as sides  # noqa: E402

PARTS = ["in-process", "exact", "batch", "filters", "approximate", "factors", "recommend-all", "fold-in", "large"]
DATA = {"Last.fm": "hetrec2011-lastfm-2k", "goodbooks": "goodbooks-10k"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3, help="splits of the fold-in")
    parser.add_argument("--lists", type=int)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--large-rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=pathlib.Path, default=os.environ.get("LIKENESS_DATA"))
    parser.add_argument("--peers", nargs="*", default=["hnswlib", "usearch"], help="beside faiss, of approximate search")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--bench", type=pathlib.Path, help="likeness-bench; built with swift build if not given")
    parser.add_argument("--likeness", type=pathlib.Path, help="the program; beside likeness-bench if not given")
    return parser.parse_args()


class Table:
    """Lines that are printed as they come, and kept."""

    def __init__(self):
        self.rows = []
        print(f"{'':<62}{'ours':>14}{'peer':>14}{'faster by':>11}  {'':<24}{'goal':<10}")

    def add(self, what, ours, theirs, peer, goal, unit="ms", places=3):
        """A line of times in seconds, where less is better; `theirs` may be None, and `goal` is words."""
        factor = {"ms": 1e3, "us": 1e6, "s": 1}[unit]
        ratio = theirs / ours if theirs else None
        self.rows.append({"what": what, "oursSeconds": ours, "peerSeconds": theirs, "peer": peer, "ratio": ratio, "goal": goal})
        print(f"{what:<62}{ours * factor:>11.{places}f} {unit:<2}" + (f"{theirs * factor:>11.{places}f} {unit:<2}" if theirs else " " * 14)
              + (f"{ratio:>10.2f}x" if ratio else " " * 11) + f"  {peer:<24}{goal}", flush=True)

    def rate(self, what, ours, theirs, peer, goal):
        """A line of queries a second; None for what was not reached."""
        def cell(point):
            return f"{1 / point['seconds']:>12,.0f}/s" if point else f"{'not reached':>14}"
        ratio = theirs["seconds"] / ours["seconds"] if ours and theirs else None
        self.rows.append({"what": what, "ours": ours, "theirs": theirs, "peer": peer, "ratio": ratio, "goal": goal})
        print(f"{what:<62}{cell(ours)}{cell(theirs)}" + (f"{ratio:>10.2f}x" if ratio else " " * 11) + f"  {peer:<24}{goal}", flush=True)

    def quality(self, what, ours, theirs, peer, goal):
        """A line of figures where more is better."""
        ratio = ours / theirs if theirs else None
        self.rows.append({"what": what, "ours": ours, "theirs": theirs, "peer": peer, "ratio": ratio, "goal": goal})
        print(f"{what:<62}{ours:>14.4f}{theirs:>14.4f}{ratio:>10.3f} " + f"  {peer:<24}{goal}", flush=True)


class Run:
    """The parts; what several of them need is made once."""

    def __init__(self, options, table):
        self.options, self.table = options, table
        self.bench = options.bench or sides.build_bench()
        self.program = options.likeness or self.bench.parent / "likeness"
        self.differing = 0
        self._made = None

    @property
    def made(self):
        """Vectors, queries, and likeness-bench over them."""
        if self._made is None:
            vectors, queries = sides.clustered(self.options.rows, self.options.components, self.options.queries)
            self._made = vectors, queries, sides.Likeness(self.bench, vectors, queries, k=self.options.k)
        return self._made

    def likeness(self, *words, **others):
        done = subprocess.run([str(word) for word in (self.program, *words)], capture_output=True, text=True, **others)
        if done.returncode not in (0, 3):
            raise SystemExit(f"likeness {' '.join(map(str, words))}\n{done.stderr}")
        return done.stdout

    def store(self, folder, users, items, likes, *settings):
        """A store with made-up likes and one version."""
        data, store = folder / "data", folder / "store"
        self.likeness("demo-data", data, "--users", users, "--items", items, "--likes", likes)
        self.likeness("init", "--store", store)
        self.likeness("ingest", "likes", data / "likes.psv", "--store", store)
        self.likeness("fit", "--store", store, "--min-user-likes", 1, "--min-item-likes", 1, "--index", "none", *settings)
        return store

    def in_process(self):
        with tempfile.TemporaryDirectory() as name:
            store = self.store(pathlib.Path(name), 2_000, 1_500, 40_000, "--components", 64, "--features", "none")
            reports = [sides.asked(self.bench, "session", "--store", store) for _ in range(self.options.runs)]
        for key, what, goal in [("nearestInSession", "in a session", "<= 15 us"), ("nearestWithSession", "a session each", "<= 25 us")]:
            self.table.add(f"nearest of 1,500 items from Swift, {what}", statistics.median(r[key] for r in reports), None, "", goal, "us", 1)

    def exact(self):
        vectors, queries, likeness = self.made
        index = faiss.IndexFlatIP(self.options.components)
        index.add(vectors)
        some = queries[:200]
        ours, theirs = {1: [], 2: []}, {1: [], 2: []}
        for _ in range(self.options.runs):
            for threads in (1, 2):
                faiss.omp_set_num_threads(threads)
                seconds, answers = sides.one_by_one(lambda query: index.search(query, self.options.k)[1][0].tolist(), some)
                theirs[threads].append(seconds)
            report = likeness.scan("--runs", 1, "--threads", "1,2")
            for timed in report["single"]:
                ours[timed["threads"]].append(timed["seconds"][0])
        faiss.omp_set_num_threads(1)
        self.differing += differing(vectors, some, report["ids"], answers)
        for threads, goal in [(1, ">= 5 x"), (2, "")]:
            self.table.add(f"exact, {len(vectors):,} x {self.options.components}, one query, {threads} thread{'s' * (threads - 1)}",
                           statistics.median(ours[threads]), statistics.median(theirs[threads]), "faiss IndexFlatIP", goal)
        million, asked = sides.clustered(1_000_000, self.options.components, 100, seed=2)
        many = sides.Likeness(self.bench, million, asked, k=self.options.k)
        report = many.scan("--runs", self.options.runs, "--threads", "1,2")
        one, two = (statistics.median(timed["seconds"]) for timed in report["single"])
        self.table.add("exact, 1,000,000 rows, one query, 2 threads against 1", two, one, "ours, 1 thread", ">= 1.7 x")

    def batch(self):
        vectors, queries, likeness = self.made
        index = faiss.IndexFlatIP(self.options.components)
        index.add(vectors)
        ours, theirs = {1: [], 2: []}, {1: [], 2: []}
        import time
        import threadpoolctl
        for _ in range(self.options.runs):
            for threads in (1, 2):
                faiss.omp_set_num_threads(threads)
                with threadpoolctl.threadpool_limits(threads):
                    start = time.perf_counter()
                    index.search(queries, self.options.k)
                    theirs[threads].append((time.perf_counter() - start) / len(queries))
            report = likeness.scan("--runs", 1, "--batch-threads", "1,2")
            for timed in report["batch"]:
                ours[timed["threads"]].append(timed["seconds"][0])
        faiss.omp_set_num_threads(1)
        for threads in (1, 2):
            self.table.add(f"exact, {len(queries):,} queries in one batch, a query, {threads} thread{'s' * (threads - 1)}",
                           statistics.median(ours[threads]), statistics.median(theirs[threads]), "faiss's batch", ">= 10 x")

    def filters(self):
        _, _, likeness = self.made
        report = likeness.scan("--runs", self.options.runs, "--filters", "0.5,0.05,0.001")
        whole = statistics.median(report["single"][0]["seconds"])
        for timed in report["filtered"]:
            goal = ">= 10 x" if timed["share"] < 0.01 else ">= 0.91 x"
            self.table.add(f"exact, {timed['share'] * 100:g} % of the rows pass a filter", statistics.median(timed["seconds"]), whole,
                           "ours, unfiltered", goal)

    def approximate(self):
        vectors, queries, likeness = self.made
        lists = self.options.lists or sides.usual_lists(len(vectors))
        found = sides.approximate(likeness, vectors, queries, lists, self.options, 2, self.options.peers)
        self.curves("approximate, 200,000 x 64" if len(vectors) == 200_000 else "approximate", found, ">= 1.7 x", True)
        return {"lists": lists, "sides": found}

    def curves(self, what, found, goal, with_builds):
        for wanted in (0.93, 0.98):
            ours = sides.fastest(found["likeness"], wanted)
            peers = {name: sides.fastest(side, wanted) for name, side in found.items() if name != "likeness"}
            for name, theirs in peers.items():
                self.table.rate(f"{what}, recall@10 >= {wanted}", ours, theirs, name, goal)
        if not with_builds:
            return
        for name, side in found.items():
            if name != "likeness":
                wish = {"faiss IVF-SQ8": ">= 1 x", "hnswlib": ">= 5 x"}.get(name, "")
                self.table.add("building it, 2 threads", found["likeness"]["buildSeconds"], side["buildSeconds"], name, wish, "s", 2)

    def data(self):
        """Names of data sets with a file of their likes each."""
        folder = self.options.folder
        if folder is None:
            print("no --folder: nothing is measured on real data")
            return {}
        files = {}
        for name, path in [("Last.fm", folder / DATA["Last.fm"] / "psv" / "likes.psv"),
                           ("goodbooks", folder / DATA["goodbooks"] / "to_read.csv")]:
            if path.exists():
                files[name] = path
            else:
                print(f"no {path}: {name} is left out")
        return files

    @staticmethod
    def likes_file(source, folder):
        """The likes as psv."""
        if source.suffix == ".psv":
            return source
        target = folder / "likes.psv"
        with open(source, newline="", encoding="utf-8") as rows, open(target, "w", encoding="utf-8") as out:
            out.write("uid|mid\n")
            out.writelines(f"{row['user_id']}|{row['book_id']}\n" for row in csv.DictReader(rows))
        return target

    def factors(self):
        curves = {}
        for name, source in self.data().items():
            for loss, settings in [("als", ["--components", 64]), ("warp", ["--loss", "warp", "--components", 64, "--epochs", 10])]:
                with tempfile.TemporaryDirectory() as temporary:
                    folder = pathlib.Path(temporary)
                    store = folder / "store"
                    self.likeness("init", "--store", store)
                    self.likeness("ingest", "likes", self.likes_file(source, folder), "--store", store)
                    self.likeness("fit", "--store", store, "--features", "none", "--min-user-likes", 1, "--min-item-likes", 1, "--index", "none",
                                  *settings)
                    vectors, biases = self.vectors(store, "items", folder)
                    users, _ = self.vectors(store, "users", folder)
                random = numpy.random.default_rng(1)
                if loss == "als":
                    vectors, biases = sides.unit(vectors), None
                    queries = vectors[random.choice(len(vectors), min(self.options.queries, len(vectors)), replace=False)]
                    whole, asked = vectors, queries
                else:
                    queries = users[random.choice(len(users), min(self.options.queries, len(users)), replace=False)]
                    whole = numpy.hstack([vectors, biases[:, None]]).astype("f4")
                    asked = numpy.hstack([queries, numpy.ones((len(queries), 1), "f4")])
                likeness = sides.Likeness(self.bench, vectors, queries, biases, k=self.options.k)
                lists = sides.usual_lists(len(vectors))
                found = sides.approximate(likeness, whole, numpy.ascontiguousarray(asked), lists, self.options, 2, self.options.peers)
                kind = "cosine of items" if loss == "als" else "users, with biases"
                self.curves(f"{name} {loss}, {len(vectors):,} items, {kind}", found, ">= 1.7 x", False)
                curves[f"{name} {loss}"] = found
        return curves

    def vectors(self, store, kind, folder):
        subprocess.run([self.bench, "vectors", "--store", store, "--kind", kind, "--output", folder / "out"], check=True)
        biases = numpy.fromfile(folder / "out.biases", dtype="<f4")
        return numpy.fromfile(folder / "out", dtype="<f4").reshape(len(biases), -1), biases

    def recommend_all(self):
        with tempfile.TemporaryDirectory() as name:
            file = pathlib.Path(name) / "all.json"
            subprocess.run([sys.executable, HERE / "recommend_all.py", "--likeness", self.program, "--threads", "2", "--runs",
                            str(self.options.runs), "--json", file], check=True, stdout=subprocess.DEVNULL)
            report = json.loads(file.read_text())
        times = report["threads2"]
        self.table.add(f"top 10 for {report['users']:,} users of {report['items']:,} items, 2 threads", times["likeness"], times["implicit"],
                       "implicit's recommend", ">= 3 x", "s", 2)
        return report

    def fold_in(self):
        with tempfile.TemporaryDirectory() as name:
            for loss, settings in [("als", ["--epochs", 2]), ("warp", ["--loss", "warp", "--epochs", 1])]:
                store = self.store(pathlib.Path(name) / loss, 100_000, 200_000, 2_000_000, "--components", 64, "--features", "none", *settings)
                report = sides.asked(self.bench, "session", "--store", store, "--count", 200)
                self.table.add(f"fold-in from 20 likes, {report['items']:,} items, {loss}", report["foldIn"], None, "", "<= 2 ms")
        return {name: self.folded(name, source) for name, source in self.data().items()}

    def folded(self, name, source):
        """Ranking of held-out likes of users who are folded in, against the same users trained in.

        The users are folded in by five models, each of which lacks a fifth of them, so that what it knows of items is much the same.
        """
        figures = {"in": [], "folded": []}
        for seed in range(1, self.options.seeds + 1):
            with tempfile.TemporaryDirectory() as temporary:
                folder = pathlib.Path(temporary)
                train, test = folder / "train.psv", folder / "test.psv"
                self.likeness("split", self.likes_file(source, folder), "--held-out", 5, "--fraction", 0.2, "--seed", seed, "--train", train,
                              "--test", test)
                held = {}
                for user, item in pairs(test):
                    held.setdefault(user, set()).add(item)
                users, likes = sorted(held), pairs(train)
                figures["in"].append(ranking(self.answers(folder / "in", likes, [], users), held))
                answers = {}
                for group in range(5):
                    some = set(users[group::5])
                    answers.update(self.answers(folder / f"without{group}", [like for like in likes if like[0] not in some],
                                                [like for like in likes if like[0] in some], sorted(some)))
                figures["folded"].append(ranking(answers, held))
        means = {kind: [statistics.mean(figure[place] for figure in own) for place in (0, 1)] for kind, own in figures.items()}
        for place, metric in enumerate(["precision@5", "NDCG@10"]):
            self.table.quality(f"{name}, {metric} of users folded in", means["folded"][place], means["in"][place], "trained in", ">= 0.97")
        return figures

    def answers(self, folder, before, after, users):
        """The ten best items for each user by a version of the likes before, with the likes after in the store."""
        folder.mkdir()
        store = folder / "store"
        self.likeness("init", "--store", store)
        for number, likes in enumerate([before, after]):
            if likes:
                file = folder / f"{number}.psv"
                file.write_text("uid|mid\n" + "".join(f"{user}|{item}\n" for user, item in likes), encoding="utf-8")
                self.likeness("ingest", "likes", file, "--store", store)
            if number == 0:
                self.likeness("fit", "--store", store, "--features", "none", "--min-user-likes", 1, "--min-item-likes", 1, "--index", "none")
        (folder / "users").write_text("".join(f"{user}\n" for user in users), encoding="utf-8")
        lines = self.likeness("recommend", "--users", folder / "users", "-k", 10, "--json", "--store", store).splitlines()
        return {answer["user"]: [found["id"] for found in answer["results"]] for answer in map(json.loads, lines)}

    def large(self):
        rows = self.options.large_rows
        vectors, queries = sides.clustered(rows, self.options.components, 200, seed=3)
        likeness = sides.Likeness(self.bench, vectors, queries, k=self.options.k)
        del vectors
        lists = sides.usual_lists(rows)
        report = likeness.scan("--runs", 1, "--threads", "1,2", "--lists", lists, "--build-threads", 2, "--probes",
                               ",".join(map(str, sides.PROBES)))
        for timed, goal in zip(report["single"], ["", "<= 30 ms"]):
            self.table.add(f"exact, {rows:,} x {self.options.components}, one query, {timed['threads']} threads", timed["seconds"][0], None, "", goal)
        side = {"points": [{"setting": f"nprobe {point['probes']}", "seconds": point["medianSeconds"][0],
                            "recall": sides.recall(point["ids"], report["ids"])} for point in report["probes"]]}
        self.table.rate(f"approximate, {rows:,} x {self.options.components}, recall@10 >= 0.95", sides.fastest(side, 0.95), None, "",
                        ">= 3,000/s")
        self.table.add("building it, 2 threads", report["buildSeconds"], None, "", "", "s", 1)
        return side


def pairs(path):
    """Users and items of a psv file of likes."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="|", quotechar="\\")
        header = next(rows)
        user, item = header.index("uid"), header.index("mid")
        return [(row[user], row[item]) for row in rows if len(row) == len(header)]


def ranking(answers, held):
    """Precision at 5 and NDCG at 10 over all users with held-out likes; who got no answer counts 0."""
    precision, gain = [], []
    for user, items in held.items():
        hits = [item in items for item in answers.get(user, [])]
        precision.append(sum(hits[:5]) / 5)
        best = sum(1 / math.log2(place + 2) for place in range(min(10, len(items))))
        gain.append(sum(hit / math.log2(place + 2) for place, hit in enumerate(hits[:10])) / best)
    return statistics.mean(precision), statistics.mean(gain)


def differing(vectors, queries, ours, theirs):
    """Queries whose answers differ by more than faiss's rounding to float explains."""
    count = 0
    for query, left, right in zip(queries, ours, theirs):
        if left != right:
            exact = vectors[left].astype("f8") @ query.astype("f8"), vectors[right].astype("f8") @ query.astype("f8")
            count += bool(numpy.max(numpy.abs(exact[0] - exact[1])) > 1e-6)
    return count


def main():
    options = arguments()
    table = Table()
    run = Run(options, table)
    details = {}
    for part in options.only or [part for part in PARTS if part != "large" or options.large]:
        found = getattr(run, part.replace("-", "_"))()
        if found:
            details[part] = found
    print(f"exact answers that differ from faiss's: {run.differing}; faiss {faiss.__version__}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"benchmark": "search", "rows": table.rows, "details": details}, indent=1) + "\n")
    if run.differing:
        sys.exit("likeness and faiss disagree by more than rounding")


if __name__ == "__main__":
    main()
