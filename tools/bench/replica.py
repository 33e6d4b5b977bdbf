#!/usr/bin/env python3
"""What following a primary costs: a folder as the remote, whole processes, beside `cp` of the same bytes and of the store's file.

    tools/bench/replica.py --likeness .build/release/likeness [--users 1000000 --items 200000 --tags 5000 --likes 10000000] [--updates 5]

Made-up data of that size is fitted once and published; a replica pulls it, and `cp` copies the same packs, with and without a sync. Then 1,000 likes
come in at a time: `fit-partial`, `replica publish`, `replica pull`, each a process of its own: seconds, and bytes beside the blocks that the
continuation wrote. Then a replica follows (`--every 0.2`): seconds from the start of the publisher to the follower's line, for continuations and
for rollbacks. Peak is the most private memory. Medians of --updates. Prints a table and writes JSON.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import program


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder

    def command(self, *words, store="primary"):
        return [self.path, *words, *(["--store", self.folder / store] if store else [])]

    def start(self, *words, store="primary"):
        return program.start(self.command(*words, store=store))

    def run(self, *words, store="primary"):
        return program.measured(self.command(*words, store=store))


def timed(command):
    start = time.perf_counter()
    subprocess.run(command, shell=True, check=True)
    return time.perf_counter() - start


def size(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def parts(lines, count, updates, folder):
    for number in range(updates):
        part = folder / f"new-{number}.psv"
        part.write_text(lines[0] + "".join(lines[1 + number * count:1 + (number + 1) * count]))
        yield part


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True)
    for name, default in [("users", 1_000_000), ("items", 200_000), ("tags", 5_000), ("likes", 10_000_000), ("updates", 5), ("new", 1_000)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--folder", help="where to work; a temporary folder if it is missing")
    parser.add_argument("--json", default="replica.json")
    args = parser.parse_args()
    base = pathlib.Path(args.folder) if args.folder else pathlib.Path(tempfile.mkdtemp(prefix="likeness-replica-"))
    base.mkdir(parents=True, exist_ok=True)
    run = Program(args.likeness, base)
    count = 2 * args.updates
    run.run("demo-data", base / "data", "--users", args.users, "--items", args.items, "--tags", args.tags, "--likes", args.likes,
            "--new-likes", args.new * count, store=None)
    run.run("init")
    run.run("ingest", "likes", base / "data/likes.psv")
    run.run("ingest", "features", base / "data/feats.psv")
    run.run("fit", "--components", args.components)
    remote = base / "remote"
    result = {"sizes": vars(args)}

    seconds, peak, out = run.run("replica", "publish", remote, "--json")
    result["publish"] = {"seconds": seconds, "peak": peak, "bytes": json.loads(out)["bytes"]}
    (base / "warm").mkdir()
    result["cp"] = {"seconds": timed(f"cp -r {remote}/packs {base}/warm/1")}
    result["cp"]["synced"] = timed(f"cp -r {remote}/packs {base}/warm/2 && sync -f {base}/warm/2")
    seconds, peak, out = run.run("replica", "pull", remote, "--json", store="replica")
    result["pull"] = {"seconds": seconds, "peak": peak, "bytes": size(remote)}
    result["cp"]["file"] = timed(f"cp {base}/primary/data.mdb {base}/warm/3 && sync -f {base}/warm/3")
    shutil.rmtree(base / "warm")

    lines = (base / "data/newlikes.psv").read_text().splitlines(keepends=True)
    likes = list(parts(lines, args.new, count, base))
    updates = []
    for part in likes[:args.updates]:
        run.run("ingest", "likes", part)
        fit = json.loads(run.run("fit-partial", "--json")[2])
        before = size(remote)
        published, peak, out = run.run("replica", "publish", remote, "--json")
        pulled, pull_peak, _ = run.run("replica", "pull", remote, "--json", store="replica")
        updates.append({"fit": fit["totalSeconds"], "written": fit["bytesWritten"], "moved": size(remote) - before, "publish": published,
                        "publish_peak": peak, "pull": pulled, "pull_peak": pull_peak})
    result["updates"] = updates

    follower = run.start("replica", "pull", remote, "--follow", "--every", 0.2, store="replica")
    seen = []
    for part in likes[args.updates:]:
        run.run("ingest", "likes", part)
        run.run("fit-partial")
        start = time.perf_counter()
        run.run("replica", "publish", remote)
        follower.stdout.readline()
        seen.append(time.perf_counter() - start)
    back = []
    for _ in range(min(3, args.updates)):
        run.run("versions", "rollback")
        before = size(remote)
        start = time.perf_counter()
        run.run("replica", "publish", remote)
        follower.stdout.readline()
        back.append((time.perf_counter() - start, size(remote) - before))
    follower.terminate()
    follower.wait()
    result["follow"] = {"continuations": seen, "rollbacks": back}
    run.run("versions", "verify", store="replica")
    run.run("replica", "verify", remote, store=None)
    pathlib.Path(args.json).write_text(json.dumps(result, indent=1))

    def median(name):
        return statistics.median(update[name] for update in updates)

    total = result["publish"]["bytes"]
    print(f"{args.users} users, {args.items} items, {args.likes} likes, d = {args.components}; {args.new} new likes; medians of {args.updates}")
    print(f"first publication  {result['publish']['seconds']:.2f} s  {total / 1e6:.1f} MB  peak {result['publish']['peak']:.0f} MB")
    print(f"first pull         {result['pull']['seconds']:.2f} s  peak {result['pull']['peak']:.0f} MB")
    print(f"cp of the packs    {result['cp']['seconds']:.2f} s, synced {result['cp']['synced']:.2f} s; cp of the store's file, synced {result['cp']['file']:.2f} s")
    print(f"continuation       blocks {median('written') / 1e6:.2f} MB  moved {median('moved') / 1e6:.2f} MB  "
          f"ratio {statistics.median(u['moved'] / u['written'] for u in updates):.3f}  share of the model {median('moved') / total:.4f}")
    print(f"publish            {median('publish'):.3f} s  peak {median('publish_peak'):.0f} MB")
    print(f"pull               {median('pull'):.3f} s  peak {median('pull_peak'):.0f} MB")
    print(f"published to seen  {statistics.median(seen):.3f} s at --every 0.2; rollback {statistics.median(b[0] for b in back):.3f} s, "
          f"{max(b[1] for b in back)} bytes more in the remote")


if __name__ == "__main__":
    main()
