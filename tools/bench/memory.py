#!/usr/bin/env python3
"""Measures the peak resident memory of `likeness fit` beside what it must hold: parameters, optimiser state and likes.

    tools/bench/memory.py --likeness .build/release/likeness [--likes likes.psv] [--users N --items N --made-up-likes N]

Without --likes the likes are made up, each user liking items at random. The need counts every embedding and bias with its
accumulator, padded as they are kept, and 8 bytes a like. The peak is the kernel's figure for the process (ru_maxrss), with all pages
of the program, of its libraries and of the mapped store that it touched; `base` is the same of `likeness stats`.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile


def peak(*words):
    """Runs a command; its standard output and peak resident bytes."""
    code = ("import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(done.returncode)")
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr or done.stdout)
    unit = 1 if sys.platform == "darwin" else 1024
    return done.stdout, int(done.stderr.strip().splitlines()[-1]) * unit


def make_up(path, users, items, likes):
    generator = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        file.write("mid|uid\n")
        for number in range(likes):
            file.write(f"i{int(generator.random() ** 2 * items)}|u{number % users}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True, help="the built command")
    parser.add_argument("--likes", help="likes.psv with columns uid and mid; made up if it is left out")
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--made-up-likes", type=int, default=3_000_000)
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", default="bench-results/memory.json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store, likes = pathlib.Path(folder) / "store", args.likes
        if not likes:
            likes = pathlib.Path(folder) / "likes.psv"
            make_up(likes, args.users, args.items, args.made_up_likes)
        subprocess.run([args.likeness, "init", "--store", store], check=True, capture_output=True)
        subprocess.run([args.likeness, "ingest", "likes", likes, "--store", store], check=True, capture_output=True)
        _, base = peak(args.likeness, "stats", "--store", store)
        text, most = peak(args.likeness, "fit", "--store", store, "--components", args.components, "--epochs", args.epochs,
                          "--threads", args.threads, "--features", "none", "--min-user-likes", 1, "--min-item-likes", 1, "--json")
        fit = json.loads(text.strip().splitlines()[-1])
    row = (args.components + 15) // 16 * 16 + 1
    need = (fit["users"] + fit["items"]) * row * 4 * 2 + fit["likes"] * 8
    result = {"users": fit["users"], "items": fit["items"], "likes": fit["likes"], "components": args.components, "need": need,
              "peak": most, "base": base, "ratio": most / need, "ratioWithoutBase": (most - base) / need}
    print(f"{fit['users']:,} users x {fit['items']:,} items, {fit['likes']:,} likes, d = {args.components}")
    print(f"need {need / 1e6:.1f} MB, peak {most / 1e6:.1f} MB, base {base / 1e6:.1f} MB: "
          f"{result['ratio']:.2f} x, {result['ratioWithoutBase']:.2f} x without the base")
    out = pathlib.Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
