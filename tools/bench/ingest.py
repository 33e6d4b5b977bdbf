#!/usr/bin/env python3
"""Ingest side by side: `likeness ingest likes`, sqlite3's `.import` and DuckDB's `create table as select distinct`.

    python3 tools/bench/ingest.py [--likeness PATH] [--likes likes.psv] [--large 10000000] [--json FILE]

All three read the same psv file into a new, durable database without duplicates, from the start of the process to its end,
in turns; Likeness makes its vocabularies besides. Without --likes, 632,840 likes come from `likeness demo-data`. Prints
medians of --runs and the ratios, and writes JSON. --large N also ingests N likes once and prints the peak of resident
memory. The sqlite3 command must be installed; DuckDB goes into a virtual environment (tools/.venv); LIKENESS_PYTHON names
another Python that has it already.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from environment import require  # noqa: E402


def likeness(options, folder, likes):
    store = os.path.join(folder, "store")
    shutil.rmtree(store, ignore_errors=True)
    subprocess.run([options.likeness, "init", "--store", store], check=True, stdout=subprocess.DEVNULL)
    start = time.perf_counter()
    subprocess.run([options.likeness, "ingest", "likes", likes, "--store", store, "--json"], check=True,
                   stdout=subprocess.PIPE)
    seconds = time.perf_counter() - start
    report = subprocess.run([options.likeness, "stats", "--store", store, "--json"], check=True,
                            stdout=subprocess.PIPE, text=True)
    return seconds, json.loads(report.stdout)["likes"]


def sqlite(options, folder, likes):
    database = os.path.join(folder, "likes.db")
    for name in (database, database + "-journal"):
        if os.path.exists(name):
            os.remove(name)
    script = ("create table likes(modelname text, mid text, uid text, unique(uid, mid) on conflict ignore);\n"
              f".separator |\n.import --skip 1 {likes} likes\n")
    start = time.perf_counter()
    subprocess.run(["sqlite3", database], input=script, check=True, text=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    count = subprocess.run(["sqlite3", database, "select count(*) from likes"], check=True, stdout=subprocess.PIPE, text=True)
    return seconds, int(count.stdout)


DUCKDB = """
import duckdb, sys, time
start = time.perf_counter()
with duckdb.connect(sys.argv[1]) as database:
    database.execute("set threads to 2")
    database.execute("create table likes as select distinct uid, mid from read_csv(?, delim='|', quote='\\\\', "
                     "escape='\\\\', header=true, all_varchar=true)", [sys.argv[2]])
print(time.perf_counter() - start)
"""


def duckdb(options, folder, likes):
    database = os.path.join(folder, "likes.duckdb")
    for name in (database, database + ".wal"):
        if os.path.exists(name):
            os.remove(name)
    start = time.perf_counter()
    inside = subprocess.run([sys.executable, "-c", DUCKDB, database, likes], check=True, stdout=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    options.duckdb_inside.append(float(inside.stdout.split()[-1]))
    import duckdb
    with duckdb.connect(database, read_only=True) as connection:
        return seconds, connection.execute("select count(*) from likes").fetchone()[0]


def peak_memory(options, folder, likes):
    """Seconds, rows accepted and the peak resident bytes of one ingest."""
    store = os.path.join(folder, "large")
    subprocess.run([options.likeness, "init", "--store", store], check=True, stdout=subprocess.DEVNULL)
    start = time.perf_counter()
    process = subprocess.Popen([options.likeness, "ingest", "likes", likes, "--store", store, "--json"],
                               stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"the large ingest failed with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": time.perf_counter() - start, "accepted": json.loads(output)["accepted"],
            "peakBytes": usage.ru_maxrss * unit}


def demo_data(options, folder, users, items, likes):
    subprocess.run([options.likeness, "demo-data", folder, "--users", str(users), "--items", str(items), "--likes",
                    str(likes), "--seed", "1"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(folder, "likes.psv")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", default=os.path.join(HERE, "..", "..", ".build", "release", "likeness"))
    parser.add_argument("--likes", help="a psv file of likes (modelname|mid|uid) without quoted fields")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", type=int, default=0, help="also ingest this many likes, and print the memory it takes")
    parser.add_argument("--json", default=os.path.join(HERE, "..", "..", "bench-results", "ingest.json"))
    options = parser.parse_args()
    options.duckdb_inside = []
    with tempfile.TemporaryDirectory() as folder:
        likes = options.likes or demo_data(options, folder, 62583, 28806, 632840)
        contenders = {"likeness": likeness, "sqlite3": sqlite, "duckdb": duckdb}
        seconds = {name: [] for name in contenders}
        counts = {}
        for _ in range(options.runs):
            for name, measure in contenders.items():  # In turns, so that a busy moment hits all of them.
                passed, counts[name] = measure(options, folder, likes)
                seconds[name].append(passed)
        medians = {name: statistics.median(values) for name, values in seconds.items()}
        result = {"bytes": os.path.getsize(likes), "runs": options.runs, "seconds": medians, "allSeconds": seconds,
                  "likes": counts, "timesAsFastAsSqlite3": medians["sqlite3"] / medians["likeness"],
                  "timeOverDuckDB": medians["likeness"] / medians["duckdb"],
                  "duckdbWithoutPython": statistics.median(options.duckdb_inside)}
        print(f"ingest of {result['bytes'] / 1e6:.1f} MB of psv, process and durable commit included, medians of {options.runs}")
        print(f"{'':10} {'likes kept':>10} {'seconds':>9} {'MB/s':>7}")
        for name in contenders:
            print(f"{name:10} {counts[name]:10d} {medians[name]:9.3f} {result['bytes'] / 1e6 / medians[name]:7.1f}")
        print(f"likeness is {result['timesAsFastAsSqlite3']:.1f} times as fast as sqlite3 "
              f"and takes {result['timeOverDuckDB']:.2f} of duckdb's time")
        print(f"(duckdb without the start of Python: {result['duckdbWithoutPython']:.3f} s)")
        if options.large:
            users, items = options.large // 10, options.large // 22
            large = demo_data(options, os.path.join(folder, "large-data"), users, items, options.large)
            result["large"] = peak_memory(options, folder, large)
            print(f"{options.large} likes: {result['large']['seconds']:.1f} s, "
                  f"peak resident memory {result['large']['peakBytes'] / 2**20:.0f} MiB")
    os.makedirs(os.path.dirname(os.path.abspath(options.json)), exist_ok=True)
    with open(options.json, "w") as file:
        json.dump(result, file, indent=2)


if __name__ == "__main__":
    require(duckdb="duckdb")
    main()
