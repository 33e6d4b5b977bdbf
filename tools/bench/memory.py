#!/usr/bin/env python3
"""Measures the peak resident memory of `likeness fit` beside what it must hold: parameters, optimiser state and likes.

    tools/bench/memory.py --likeness .build/release/likeness [--likes likes.psv] [--sizes USERS:ITEMS:LIKES ...]

Likes are made up, each user liking items at random, in each of the sizes; --likes measures a file besides. The need counts every
embedding and bias with its accumulator, padded as they are kept, and 8 bytes a like. `own` is the peak of the process's own memory
(RssAnon, looked at every two milliseconds; Linux only): what a machine must have. `peak` is the kernel's figure for all resident
pages (ru_maxrss), among them those of the program and of the mapped store, which the kernel takes back when it needs them.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time


def peak(*words):
    """Runs a command; its standard output, the peak of its own memory, and that of all its resident pages, in bytes."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([str(word) for word in words], stdout=output)
        own = 0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            try:
                with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
                    lines = [line.split() for line in file if line.startswith("RssAnon:")]
                own = max([own] + [int(line[1]) * 1024 for line in lines])
            except OSError:
                pass
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{words}: status {process.returncode}")
        output.seek(0)
        return output.read(), own, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def make_up(path, users, items, likes):
    generator = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        file.write("mid|uid\n")
        for number in range(likes):
            file.write(f"i{int(generator.random() ** 2 * items)}|u{number % users}\n")


def measure(args, name, likes, folder):
    """Fits the likes of a file in a fresh store; what it needed and took."""
    store = pathlib.Path(folder) / f"store-{name}"
    subprocess.run([args.likeness, "init", "--store", store], check=True, capture_output=True)
    subprocess.run([args.likeness, "ingest", "likes", likes, "--store", store], check=True, capture_output=True)
    text, own, most = peak(args.likeness, "fit", "--store", store, "--components", args.components, "--epochs", args.epochs,
                           "--threads", args.threads, "--features", "none", "--min-user-likes", 1, "--min-item-likes", 1, "--json")
    fit = json.loads(text.strip().splitlines()[-1])
    row = (args.components + 15) // 16 * 16 + 1
    need = (fit["users"] + fit["items"]) * row * 4 * 2 + fit["likes"] * 8
    result = {"data": name, "users": fit["users"], "items": fit["items"], "likes": fit["likes"], "components": args.components,
              "need": need, "own": own, "peak": most, "ratio": own / need, "ratioOfPeak": most / need}
    print(f"{fit['users']:>9,} users {fit['items']:>8,} items {fit['likes']:>11,} likes: need {need / 1e6:6.1f} MB; "
          f"own memory {own / 1e6:6.1f} MB, {result['ratio']:.2f} x; all resident pages {most / 1e6:6.1f} MB, "
          f"{result['ratioOfPeak']:.2f} x", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True, help="the built command")
    parser.add_argument("--likes", help="likes.psv with columns uid and mid, to be measured besides")
    parser.add_argument("--sizes", nargs="*", default=["20000:10000:600000", "100000:50000:3000000", "200000:100000:10000000"],
                        help="users:items:likes of made-up data")
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", default="bench-results/memory.json")
    args = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        if args.likes:
            results.append(measure(args, "given", args.likes, folder))
        for size in args.sizes:
            likes = pathlib.Path(folder) / "likes.psv"
            make_up(likes, *map(int, size.split(":")))
            results.append(measure(args, size.replace(":", "-"), likes, folder))
    out = pathlib.Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
