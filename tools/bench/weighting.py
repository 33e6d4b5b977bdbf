#!/usr/bin/env python3
"""Which weighting of item features ranks best? Splits, fits and evaluates with each.

    tools/bench/weighting.py --likeness .build/release/likeness NAME=LIKES.psv,FEATURES.psv,EPOCHS ...

Warm: 5 likes held out of 20 % of the users (`split --kind held-out`). Cold: 10 % of the items held out whole (`--kind cold-items`) and
let in by their features (`--min-item-likes 0`), ranked among all items. WARP, d = 64; means over seeds with standard errors;
train items are left out of the rankings. Prints a table for each data set.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

CHOICES = {
    "none": ["--features", "none"],
    "raw": ["--features", "raw"],
    "l1": ["--features", "l1"],
    "tfidf, shrinkage 0": ["--features", "tfidf", "--feature-shrinkage", "0"],
    "tfidf (default: 5)": ["--features", "tfidf"],
    "tfidf, shrinkage 10": ["--features", "tfidf", "--feature-shrinkage", "10"],
    "tfidf, shrinkage 20": ["--features", "tfidf", "--feature-shrinkage", "20"],
    "tfidf, identity scale 2": ["--features", "tfidf", "--identity-scale", "2"],
}


def run(*words, statuses=(0,)):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode not in statuses:
        sys.exit(f"{' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def figures(values):
    error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{statistics.mean(values):.4f} ± {error:.4f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True, help="the built command")
    parser.add_argument("sets", nargs="+", metavar="NAME=LIKES,FEATURES,EPOCHS")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    for one in args.sets:
        name, rest = one.split("=", 1)
        likes, features, epochs = rest.split(",")
        found = {choice: {} for choice in CHOICES}
        for seed in range(1, args.seeds + 1):
            for kind, least in [("held-out", 1), ("cold-items", 0)]:
                with tempfile.TemporaryDirectory() as folder:
                    train, test, store = (pathlib.Path(folder) / part for part in ("train.psv", "test.psv", "store"))
                    fraction = 0.2 if kind == "held-out" else 0.1
                    run(args.likeness, "split", likes, "--kind", kind, "--fraction", fraction, "--seed", seed, "--train", train,
                        "--test", test, statuses=(0, 3))
                    run(args.likeness, "init", "--store", store)
                    run(args.likeness, "ingest", "likes", train, "--store", store, statuses=(0, 3))
                    run(args.likeness, "ingest", "features", features, "--store", store, statuses=(0, 3))
                    for choice, words in CHOICES.items():
                        run(args.likeness, "fit", "--store", store, "--components", 64, "--epochs", epochs, "--seed", seed, "--threads",
                            args.threads, "--min-user-likes", 1, "--min-item-likes", least, *words)
                        report = json.loads(run(args.likeness, "evaluate", "production", "--store", store, "--test", test, "-k", 5,
                                                "--exclude-train", "--threads", args.threads, "--json"))
                        for metric in ("precision", "auc"):
                            found[choice].setdefault((kind, metric), []).append(report["metrics"][metric])
        print(f"\n**{name}**, {epochs} epochs, {args.seeds} seeds\n")
        print("| features | warm p@5 | warm AUC | cold p@5 | cold AUC |\n|---|---|---|---|---|")
        for choice, values in found.items():
            cells = [figures(values[kind, metric]) for kind in ("held-out", "cold-items") for metric in ("precision", "auc")]
            print(f"| {choice} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
