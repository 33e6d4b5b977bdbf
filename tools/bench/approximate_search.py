#!/usr/bin/env python3
"""Approximate top-k over unit vectors: likeness's lists against faiss's IVF-SQ8 and hnswlib, in one run, on one thread.

    tools/bench/approximate_search.py [--rows 200000] [--components 64] [--queries 1000] [--lists N] [--runs 3] [--json FILE]

All sides get the vectors and queries of tools/bench/search.py. Each is timed at several settings, and the table gives, for each recall that is
asked for, the fastest setting that reaches it. Building uses the threads that are asked for; queries are answered one at a time on one thread.
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
sys.path.insert(0, str(ROOT / "tools" / "bench"))
from environment import require  # noqa: E402
from search import build, clustered  # noqa: E402

PROBES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]
EFFORTS = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256]
RECALLS = [0.9, 0.93, 0.95, 0.98, 0.99]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--lists", type=int)
    parser.add_argument("--threads", type=int, default=2, help="for building")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path, help="likeness-bench; built with swift build if not given")
    return parser.parse_args()


def recall(found, truth):
    hits = sum(len(set(left) & set(right)) for left, right in zip(found, truth))
    return hits / sum(len(right) for right in truth)


def timed(search, queries, runs):
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


def measure_faiss(faiss, rows, queries, truth, options, lists):
    faiss.omp_set_num_threads(options.threads)
    start = time.perf_counter()
    quantizer = faiss.IndexFlatIP(options.components)
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, options.components, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.train(rows)
    index.add(rows)
    seconds = time.perf_counter() - start
    faiss.omp_set_num_threads(1)
    points = []
    for probes in PROBES:
        if probes > lists:
            break
        index.nprobe = probes
        median, found = timed(lambda query: index.search(query, options.k)[1][0].tolist(), queries, options.runs)
        points.append({"setting": f"nprobe {probes}", "seconds": median, "recall": recall(found, truth)})
    return {"buildSeconds": seconds, "points": points}


def measure_hnswlib(hnswlib, rows, queries, truth, options):
    start = time.perf_counter()
    index = hnswlib.Index(space="ip", dim=options.components)
    index.init_index(max_elements=len(rows), ef_construction=200, M=16)
    index.add_items(rows, num_threads=options.threads)
    seconds = time.perf_counter() - start
    index.set_num_threads(1)
    points = []
    for effort in EFFORTS:
        index.set_ef(effort)
        median, found = timed(lambda query: index.knn_query(query, k=options.k)[0][0].tolist(), queries, options.runs)
        points.append({"setting": f"ef {effort}", "seconds": median, "recall": recall(found, truth)})
    return {"buildSeconds": seconds, "points": points}


def measure_likeness(binary, rows, queries, truth, options, lists):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows.tofile(folder / "vectors")
        queries.tofile(folder / "queries")
        output = subprocess.run(
            [binary, "scan", "--vectors", folder / "vectors", "--queries", folder / "queries", "--components",
             str(options.components), "--k", str(options.k), "--runs", str(options.runs), "--lists", str(lists), "--threads",
             str(options.threads), "--probes", ",".join(str(probes) for probes in PROBES if probes <= lists)],
            check=True, capture_output=True, text=True)
    report = json.loads(output.stdout)
    points = [{"setting": f"nprobe {point['probes']}", "seconds": statistics.median(point["medianSeconds"]),
               "recall": recall(point["ids"], truth)} for point in report["probes"]]
    return {"buildSeconds": report["buildSeconds"], "exactSeconds": statistics.median(report["medianSeconds"]), "points": points}


def main():
    options = arguments()
    require(faiss="faiss-cpu", numpy="numpy", hnswlib="hnswlib")
    import faiss
    import hnswlib
    import numpy
    binary = options.binary or build()
    rows, queries = clustered(numpy, options)
    lists = options.lists or int(4 * options.rows ** 0.5)
    exact = faiss.IndexFlatIP(options.components)
    exact.add(rows)
    truth = exact.search(queries, options.k)[1].tolist()
    sides = {
        "likeness": measure_likeness(binary, rows, queries, truth, options, lists),
        "faiss IVF-SQ8": measure_faiss(faiss, rows, queries, truth, options, lists),
        "hnswlib": measure_hnswlib(hnswlib, rows, queries, truth, options),
    }
    print(f"approximate top-{options.k} of {options.rows:,} x {options.components}, {lists} lists, one thread, medians of "
          f"{options.runs} runs of {options.queries} queries; recall is against an exact search")
    print(f"{'':<16}" + "".join(f"{side:>28}" for side in sides))
    print(f"{'built in':<16}" + "".join(f"{sides[side]['buildSeconds']:>26.2f} s" for side in sides))
    for wanted in RECALLS:
        cells = []
        for side in sides.values():
            reached = [point for point in side["points"] if point["recall"] >= wanted]
            best = min(reached, key=lambda point: point["seconds"], default=None)
            cells.append(f"{1 / best['seconds']:,.0f}/s, {best['setting']}" if best else "not reached")
        print(f"{'recall ' + str(wanted):<16}" + "".join(f"{cell:>28}" for cell in cells))
    print(f"exact, by likeness: {1 / sides['likeness']['exactSeconds']:,.0f}/s")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"benchmark": "approximate search", "rows": options.rows, "components": options.components,
                                            "lists": lists, "queries": options.queries, "threads": options.threads, "sides": sides},
                                           indent=2) + "\n")


if __name__ == "__main__":
    main()
