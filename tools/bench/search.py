#!/usr/bin/env python3
"""Exact top-k over unit vectors: likeness against faiss IndexFlatIP, in one run, on one thread.

    tools/bench/search.py [--rows 200000] [--components 64] [--queries 200] [--k 10] [--runs 5] [--json FILE]

Makes a virtual environment under tools/.venv and installs numpy and faiss-cpu there the first time. Both sides
get the same vectors and answer the same queries one at a time; the runs alternate, so that a busy machine slows both.
Prints a table of medians and ratios, and writes JSON if asked.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from environment import require  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path, help="likeness-bench; built with swift build if not given")
    return parser.parse_args()


def build():
    subprocess.run(["swift", "build", "-c", "release", "--product", "likeness-bench"], cwd=ROOT, check=True,
                   stdout=sys.stderr)
    return ROOT / ".build" / "release" / "likeness-bench"


def clustered(numpy, options):
    """Unit vectors around common centres, as items around tastes, and queries near some of them."""
    random = numpy.random.default_rng(1)
    centres = random.standard_normal((max(1, options.rows // 500), options.components)).astype("<f4")
    rows = centres[random.integers(0, len(centres), options.rows)]
    rows = rows + random.standard_normal(rows.shape).astype("<f4")
    rows /= numpy.linalg.norm(rows, axis=1, keepdims=True)
    queries = rows[random.integers(0, options.rows, options.queries)]
    queries = queries + 0.05 * random.standard_normal(queries.shape).astype("<f4")
    queries /= numpy.linalg.norm(queries, axis=1, keepdims=True)
    return rows.astype("<f4"), queries.astype("<f4")


def time_faiss(index, queries, k):
    times, answers = [], []
    for position in range(len(queries)):
        start = time.perf_counter()
        _, found = index.search(queries[position:position + 1], k)
        times.append(time.perf_counter() - start)
        answers.append(found[0].tolist())
    return statistics.median(times), answers


def time_faiss_batch(index, queries, k):
    start = time.perf_counter()
    index.search(queries, k)
    return (time.perf_counter() - start) / len(queries)


def time_likeness(binary, folder, options):
    output = subprocess.run(
        [binary, "scan", "--vectors", folder / "vectors", "--queries", folder / "queries", "--components",
         str(options.components), "--k", str(options.k), "--runs", "1"], check=True, capture_output=True, text=True)
    return json.loads(output.stdout)


def differing(numpy, rows, queries, ours, theirs):
    """Queries whose answers differ by more than faiss's rounding to float explains."""
    count = 0
    for query, left, right in zip(queries, ours, theirs):
        if left == right:
            continue
        exact = rows.astype("f8")[left] @ query.astype("f8"), rows.astype("f8")[right] @ query.astype("f8")
        count += bool(numpy.max(numpy.abs(exact[0] - exact[1])) > 1e-6)
    return count


def main():
    options = arguments()
    require(faiss="faiss-cpu", numpy="numpy")
    import faiss
    import numpy
    faiss.omp_set_num_threads(1)
    binary = options.binary or build()
    rows, queries = clustered(numpy, options)
    index = faiss.IndexFlatIP(options.components)
    index.add(rows)
    single = {"likeness": [], "faiss": []}
    batch = {"likeness": [], "faiss": []}
    coding = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows.tofile(folder / "vectors")
        queries.tofile(folder / "queries")
        for _ in range(options.runs):
            seconds, theirs = time_faiss(index, queries, options.k)
            single["faiss"].append(seconds)
            batch["faiss"].append(time_faiss_batch(index, queries, options.k))
            report = time_likeness(binary, folder, options)
            single["likeness"].append(report["medianSeconds"][0])
            batch["likeness"].append(report["batchSeconds"][0])
            coding.append(report["codingSeconds"])
    result = {
        "benchmark": "exact search",
        "rows": options.rows, "components": options.components, "queries": options.queries, "k": options.k,
        "runs": options.runs, "threads": 1, "peer": f"faiss-cpu {faiss.__version__} IndexFlatIP",
        "oneAtATimeSeconds": {side: statistics.median(times) for side, times in single.items()},
        "inOneBatchSeconds": {side: statistics.median(times) for side, times in batch.items()},
        "codingSeconds": statistics.median(coding),
        "differingAnswers": differing(numpy, rows, queries, report["ids"], theirs),
    }
    print(f"exact top-{options.k} of {options.rows:,} x {options.components}, one thread, "
          f"medians of {options.runs} runs of {options.queries} queries")
    print(f"{'a query':<16}{'likeness':>12}{'faiss':>12}{'faster by':>12}")
    for title, key in [("one at a time", "oneAtATimeSeconds"), ("in one batch", "inOneBatchSeconds")]:
        ours, theirs = result[key]["likeness"], result[key]["faiss"]
        result[key]["ratio"] = theirs / ours
        print(f"{title:<16}{ours * 1e3:>9.3f} ms{theirs * 1e3:>9.3f} ms{theirs / ours:>11.2f}x")
    print(f"coding all rows {result['codingSeconds'] * 1e3:.1f} ms; answers that differ: {result['differingAnswers']}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    if result["differingAnswers"]:
        sys.exit("likeness and faiss disagree by more than rounding")


if __name__ == "__main__":
    main()
