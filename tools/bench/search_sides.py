"""What tools/bench/search.py measures: vectors, and the same queries asked of likeness-bench, faiss, hnswlib and usearch."""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]
EFFORTS = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256]


def clustered(rows, components, queries, seed=1):
    """Unit vectors around common centres, as items around tastes, and queries near some of them."""
    random = numpy.random.default_rng(seed)
    centres = random.standard_normal((max(1, rows // 500), components), dtype="f4")
    vectors = numpy.empty((rows, components), dtype="f4")
    for first in range(0, rows, 1 << 18):
        part = vectors[first:first + (1 << 18)]
        part[:] = centres[random.integers(0, len(centres), len(part))]
        part += random.standard_normal(part.shape, dtype="f4")
        part /= numpy.linalg.norm(part, axis=1, keepdims=True)
    asked = vectors[random.integers(0, rows, queries)]
    asked = asked + 0.05 * random.standard_normal(asked.shape, dtype="f4")
    return vectors, unit(asked)


def unit(vectors):
    """The vectors at length 1, without those that have none."""
    lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors[lengths[:, 0] > 0] / lengths[lengths[:, 0] > 0]).astype("<f4")


def usual_lists(rows):
    return max(1, int(4 * rows ** 0.5))


class Likeness:
    """likeness-bench over vectors that were written to files."""

    def __init__(self, binary, vectors, queries, biases=None, k=10):
        self.binary, self.k, self.components = binary, k, vectors.shape[1]
        self.folder = tempfile.TemporaryDirectory()
        self.write("vectors", vectors)
        self.write("queries", queries)
        if biases is not None:
            self.write("biases", biases)
        self.has_biases = biases is not None

    def write(self, name, floats):
        numpy.ascontiguousarray(floats, dtype="<f4").tofile(pathlib.Path(self.folder.name) / name)

    def scan(self, *words):
        """Runs it once, and gives its report."""
        path = pathlib.Path(self.folder.name)
        biases = ["--biases", path / "biases"] if self.has_biases else []
        return asked(self.binary, "scan", "--vectors", path / "vectors", "--queries", path / "queries", "--components", self.components,
                     "--k", self.k, *biases, *words)

    def approximate(self, truth, lists, build_threads, runs):
        report = self.scan("--runs", runs, "--lists", lists, "--build-threads", build_threads, "--probes",
                           ",".join(str(probes) for probes in PROBES if probes <= lists))
        points = [{"setting": f"nprobe {point['probes']}", "seconds": statistics.median(point["medianSeconds"]),
                   "recall": recall(point["ids"], truth)} for point in report["probes"]]
        return {"buildSeconds": report["buildSeconds"], "points": points}


def asked(binary, *words):
    """The JSON that a program prints."""
    done = subprocess.run([str(word) for word in (binary, *words)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{binary} {' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


class Truth:
    """The best rows of each query by an exact search; a row that scores as much as the last of them is as good, as where items have one vector."""

    def __init__(self, vectors, queries, k):
        import faiss
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        self.vectors, self.queries = vectors, queries
        ids = index.search(queries, k)[1]
        self.least = self.scores(ids)[:, -1] - 1e-6
        self.count = ids.size

    def scores(self, ids):
        return numpy.einsum("qkd,qd->qk", self.vectors[ids].astype("f8"), self.queries.astype("f8"))

    def recall(self, found):
        width = max(len(row) for row in found)
        ids = numpy.array([list(row) + [-1] * (width - len(row)) for row in found], dtype="i8")
        return float(((self.scores(numpy.maximum(ids, 0)) >= self.least[:, None]) & (ids >= 0)).sum() / self.count)


def recall(found, truth):
    """The share of the best rows that was found; `truth` has their numbers, or is a `Truth`."""
    if isinstance(truth, Truth):
        return truth.recall(found)
    return sum(len(set(left) & set(right)) for left, right in zip(found, truth)) / sum(len(right) for right in truth)


def one_by_one(search, queries, runs=1):
    """Median seconds of one query, and what the last run found."""
    medians, found = [], []
    for _ in range(runs):
        times, found = [], []
        for position in range(len(queries)):
            start = time.perf_counter()
            answer = search(queries[position:position + 1])
            times.append(time.perf_counter() - start)
            found.append(answer)
        medians.append(statistics.median(times))
    return statistics.median(medians), found


def curve(search, settings, queries, truth, runs):
    """Points of speed and recall: `search` gives for a setting its name and a function of one query."""
    points = []
    for setting in settings:
        name, ask = search(setting)
        seconds, found = one_by_one(ask, queries, runs)
        points.append({"setting": name, "seconds": seconds, "recall": recall(found, truth)})
    return points


def faiss_lists(vectors, queries, truth, lists, k, build_threads, runs):
    import faiss
    faiss.omp_set_num_threads(build_threads)
    start = time.perf_counter()
    index = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(vectors.shape[1]), vectors.shape[1], lists,
                                          faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    seconds = time.perf_counter() - start
    faiss.omp_set_num_threads(1)

    def search(probes):
        index.nprobe = probes
        return f"nprobe {probes}", lambda query: index.search(query, k)[1][0].tolist()
    return {"buildSeconds": seconds, "points": curve(search, [n for n in PROBES if n <= lists], queries, truth, runs)}


def hnswlib_graph(vectors, queries, truth, k, build_threads, runs):
    import hnswlib
    start = time.perf_counter()
    index = hnswlib.Index(space="ip", dim=vectors.shape[1])
    index.init_index(max_elements=len(vectors), ef_construction=200, M=16)
    index.add_items(vectors, num_threads=build_threads)
    seconds = time.perf_counter() - start
    index.set_num_threads(1)

    def search(effort):
        index.set_ef(effort)
        return f"ef {effort}", lambda query: index.knn_query(query, k=k)[0][0].tolist()
    return {"buildSeconds": seconds, "points": curve(search, EFFORTS, queries, truth, runs)}


def usearch_graph(vectors, queries, truth, k, build_threads, runs):
    from usearch.index import Index
    start = time.perf_counter()
    index = Index(ndim=vectors.shape[1], metric="ip", dtype="f32", connectivity=16, expansion_add=200)
    index.add(numpy.arange(len(vectors)), vectors, threads=build_threads)
    seconds = time.perf_counter() - start

    def search(effort):
        index.expansion_search = effort
        return f"ef {effort}", lambda query: index.search(query[0], k, threads=1).keys.tolist()
    return {"buildSeconds": seconds, "points": curve(search, EFFORTS, queries, truth, runs)}


def approximate(likeness, vectors, queries, lists, options, build_threads, peers):
    """Speed and recall of all sides over the same vectors, by inner product; `likeness` may have biases that its peers have as a component."""
    truth = Truth(vectors, queries, options.k)
    sides = {
        "likeness": likeness.approximate(truth, lists, build_threads, options.runs),
        "faiss IVF-SQ8": faiss_lists(vectors, queries, truth, lists, options.k, build_threads, options.runs),
    }
    if "hnswlib" in peers:
        sides["hnswlib"] = hnswlib_graph(vectors, queries, truth, options.k, build_threads, options.runs)
    if "usearch" in peers:
        sides["usearch"] = usearch_graph(vectors, queries, truth, options.k, build_threads, options.runs)
    return sides


def fastest(side, wanted):
    """The fastest point of a side that reaches a recall; None if none does."""
    reached = [point for point in side["points"] if point["recall"] >= wanted]
    return min(reached, key=lambda point: point["seconds"], default=None)


def build_bench():
    subprocess.run(["swift", "build", "-c", "release", "--product", "likeness-bench"], cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / ".build" / "release" / "likeness-bench"
