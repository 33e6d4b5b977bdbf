#!/usr/bin/env python3
"""What `likeness tune` reaches in a fraction of the time that scikit-optimize's forest_minimize takes, with the same trainer.

    tools/bench/tune.py --likeness .build/release/likeness FOLDER... [--calls 50] [--share 0.2] [--seeds 3]

A FOLDER holds likes.psv and, if there are any, feats.psv. For each seed five likes of 20 % of the users with at least ten are held out to test
with. forest_minimize searches on the rest, of which it holds out as many again: each call fits on the train likes with `likeness fit`, and
evaluates with `likeness evaluate`. `likeness tune` then has --share of that time, and splits for itself. Both search the same space of alternating
least squares by precision@5; epochs are a dimension of the first and a curve of the second. The best settings of each are fitted on all likes but
the test likes and measured with these, beside the defaults. Prints a table and writes JSON.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from environment import require  # noqa: E402

require(skopt="scikit-optimize")

from skopt import forest_minimize  # noqa: E402
from skopt.space import Categorical, Real  # noqa: E402

warnings.filterwarnings("ignore")
COMPONENTS = [64, 96, 128, 192, 256]
EPOCHS = [4, 6, 8, 12, 16]


def run(args, *words):
    done = subprocess.run([args.likeness, *map(str, words)], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{words}\n{done.stderr}")
    return done.stdout


def store(args, folder, name, likes, source):
    path = folder / name
    run(args, "init", "--store", path)
    run(args, "ingest", "likes", likes, "--store", path)
    if (source / "feats.psv").exists():
        run(args, "ingest", "features", source / "feats.psv", "--store", path)
    return path


def measured(args, path, test, command):
    """Precision at 5 on test likes of the version that a command fits."""
    run(args, *command, "--store", path, "--threads", args.threads)
    report = json.loads(run(args, "evaluate", "--store", path, "--test", test, "--exclude-train", "--threads", args.threads, "--json"))
    return report["metrics"]["precision"]


def peer(args, folder, source, likes, seed):
    """The command with the best settings of forest_minimize, and its seconds."""
    train, held = folder / "searched.psv", folder / "validation.psv"
    run(args, "split", likes, "--held-out", 5, "--fraction", 0.2, "--seed", seed + 100, "--train", train, "--test", held)
    path = store(args, folder, "peer", train, source)
    names = ["--components", "--epochs", "--unobserved-factor", "--regularization"]
    dimensions = [
        Categorical(COMPONENTS), Categorical(EPOCHS), Real(0.5, 4, "log-uniform"), Real(0.004, 0.016, "log-uniform")]
    if (source / "feats.psv").exists():
        names.append("--feature-pull")
        dimensions.append(Real(0, 0.9))

    def command(point):
        return ["fit", "--loss", "als", "--as", "production"] + [
            word for name, value in zip(names, point) for word in (name, value)]

    start = time.perf_counter()
    result = forest_minimize(
        lambda point: -measured(args, path, held, command(point)), dimensions, n_calls=args.calls,
        x0=[128, 8, 1.0, 0.008] + [0.6][:len(names) - 4], random_state=seed)
    return command(result.x), time.perf_counter() - start


def ours(args, path, seconds, seed):
    start = time.perf_counter()
    report = json.loads(run(
        args, "tune", "--store", path, "--time", f"{seconds}s", "--seed", seed, "--threads", args.threads, "--json"))
    return report["command"].split()[1:], time.perf_counter() - start, len(report["trials"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--likeness", required=True)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", default="tune.json")
    args = parser.parse_args()
    rows = []
    for source in args.folders:
        for seed in range(1, args.seeds + 1):
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                likes, test = folder / "likes.psv", folder / "test.psv"
                run(args, "split", source / "likes.psv", "--held-out", 5, "--fraction", 0.2, "--seed", seed, "--train", likes, "--test", test)
                path = store(args, folder, "all", likes, source)
                theirs, their_seconds = peer(args, folder, source, likes, seed)
                mine, my_seconds, trials = ours(args, path, args.share * their_seconds, seed)
                rows.append({
                    "set": source.name, "seed": seed, "peerSeconds": their_seconds, "seconds": my_seconds, "trials": trials,
                    "peer": measured(args, path, test, theirs), "ours": measured(args, path, test, mine),
                    "defaults": measured(args, path, test, ["fit"])})
                print(rows[-1], file=sys.stderr, flush=True)
    pathlib.Path(args.output).write_text(json.dumps(rows, indent=1) + "\n")
    print("| set | forest_minimize | tune | defaults | share of the time | trials |\n|---|---|---|---|---|---|")
    for name in dict.fromkeys(row["set"] for row in rows):
        own = [row for row in rows if row["set"] == name]
        mean = {key: statistics.mean(row[key] for row in own) for key in ("peer", "ours", "defaults", "peerSeconds", "seconds", "trials")}
        print(f"| {name} | {mean['peer']:.4f} in {mean['peerSeconds']:.0f} s | {mean['ours']:.4f} in {mean['seconds']:.0f} s | "
              f"{mean['defaults']:.4f} | {mean['seconds'] / mean['peerSeconds']:.2f} | {mean['trials']:.0f} |")


if __name__ == "__main__":
    main()
