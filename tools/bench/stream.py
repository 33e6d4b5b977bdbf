#!/usr/bin/env python3
"""Hundreds of continuations one after the other, as a stream of likes makes them: what each costs, and what the last one answers like.

    tools/bench/stream.py --likeness .build/release/likeness [--users 100000 --items 50000 --likes 2000000] [--updates 500 --new 1000]

Made-up data is fitted once. Then 1,000 likes come in at a time; `fit-partial` continues the newest version, and after every ten `versions prune`
keeps the last three. Seconds of each continuation (whole process), bytes and rows that it wrote, size of the file. In the end fresh processes ask
the last version, and a version that a full fit has just made, for a first answer; both search all items for many queries at once. With --follow
`likeness follow` makes the versions and prunes instead, while a `shell` that asked for something at the beginning stays open to the end. Prints
a table and writes JSON.
"""
import argparse
import json
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import tempfile

import program


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True)
    for name, default in [("users", 100_000), ("items", 50_000), ("likes", 2_000_000), ("updates", 500), ("new", 1_000), ("components", 64)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--loss", default="als")
    parser.add_argument("--follow", action="store_true", help="let `follow` make the versions")
    parser.add_argument("--folder", help="where to work; a temporary folder if it is missing")
    parser.add_argument("--json", default="stream.json")
    args = parser.parse_args()
    folder = pathlib.Path(args.folder or tempfile.mkdtemp(prefix="likeness-stream-"))
    path = str(pathlib.Path(args.likeness).resolve())

    def run(*words):
        return program.measured([path, *words, "--store", folder / "store"], peak=False)

    program.measured([path, "demo-data", folder / "data", "--users", args.users, "--items", args.items, "--likes", args.likes,
                      "--new-likes", args.updates * args.new])
    run("init")
    run("ingest", "likes", folder / "data/likes.psv")
    run("ingest", "features", folder / "data/feats.psv")
    fit = ["fit", "--loss", args.loss, "--components", args.components, "--threads", 2, "--json"]
    full = json.loads(run(*fit)[2])
    with open(folder / "data/newlikes.psv") as file:
        header, lines = file.readline(), file.readlines()
    random.Random(1).shuffle(lines)
    part, rounds = folder / "part.psv", []
    item = lines[0].rstrip("\n").split("|")[header.rstrip("\n").split("|").index("mid")]
    if args.follow:
        shell = subprocess.Popen([path, "shell", "--store", folder / "store"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        shell.stdin.write(f"nearest items --to item:{item}\n")
        shell.stdin.flush()
        follow = subprocess.Popen([path, "follow", "--likes", str(args.new // 2), "--seconds", "5", "--keep-last", "3", "--keep-moves", "1", "--threads", "2",
                                   "--json", "--store", folder / "store"], stdout=subprocess.PIPE, text=True)
    for number in range(args.updates):
        part.write_text(header + "".join(lines[number * args.new:(number + 1) * args.new]))
        run("ingest", "likes", part)
        if args.follow:
            report = json.loads(follow.stdout.readline())
            seconds = report["totalSeconds"]
        else:
            seconds, _, out = run("fit-partial", "--threads", 2, "--neighbors", 0, "--json")
            report = json.loads(out)
            if number % 10 == 9:
                run("versions", "prune", "--keep-last", 3, "--keep-moves", 1)
        changes = report["changes"]
        rounds.append({"seconds": seconds, "written": report["bytesWritten"], "rows": changes["rowsWritten"],
                       "touched": sum(changes[name] for name in ["touchedUsers", "touchedItems", "touchedFeatures"])
                       + report["newUsers"] + report["newItems"], "layers": changes["layers"],
                       "file": (folder / "store/data.mdb").stat().st_size})
        if number % 50 == 49:
            print(f"{number + 1:5}  {seconds:.3f} s, {changes['layers']} layers, {rounds[-1]['file'] / 1e6:.0f} MB", flush=True)
    if args.follow:
        follow.send_signal(signal.SIGTERM)
        follow.wait()
        shell.stdin.write(f"nearest items --to item:{item}\n")
        shell.stdin.close()
        if shell.wait() != 0:
            raise SystemExit("the shell did not answer at the end")
    backup = folder / "compact.mdb"
    run("backup", backup)
    compact = backup.stat().st_size

    def asked():
        first = statistics.median(run("nearest", "items", "--to", f"item:{item}", "-k", 10)[0] for _ in range(7))
        users = folder / "users.txt"
        users.write_text("".join(f"{line.rstrip().split('|')[header.rstrip().split('|').index('uid')]}\n" for line in lines[:2_000]))
        batch = statistics.median(
            run("recommend", "--users", users, "--threads", 1, "--output", folder / "out.csv", "--force")[0] for _ in range(3))
        return first, batch

    last = asked()
    run(*fit)
    fresh = asked()
    seconds = [entry["seconds"] for entry in rounds]
    start = statistics.median(seconds[:5])
    total, rows = sum(entry["written"] for entry in rounds), sum(entry["touched"] for entry in rounds)
    result = {
        "firstSeconds": start, "meanSeconds": statistics.mean(seconds), "medianSeconds": statistics.median(seconds), "mostSeconds": max(seconds),
        "bytesWritten": total, "bytesPerRowChanged": total / rows, "rowsWrittenPerRowChanged": sum(entry["rows"] for entry in rounds) / rows,
        "fullVersionBytes": full["bytesWritten"], "firstAnswer": {"continued": last[0], "full": fresh[0]},
        "batch": {"continued": last[1], "full": fresh[1]}, "fileBytes": rounds[-1]["file"], "compactBytes": compact,
    }
    print(f"a continuation    first {start:.3f} s, mean {result['meanSeconds']:.3f} s ({result['meanSeconds'] / start:.2f} ×), most {max(seconds):.3f} s")
    print(f"written           {total / 1e6:.0f} MB; rows {result['rowsWrittenPerRowChanged']:.1f} × those changed; a full version {full['bytesWritten'] / 1e6:.0f} MB")
    print(f"first answer      {last[0] * 1e3:.1f} ms, of a full fit's version {fresh[0] * 1e3:.1f} ms ({last[0] / fresh[0]:.2f} ×)")
    print(f"2,000 users       {last[1]:.3f} s, {fresh[1]:.3f} s ({last[1] / fresh[1]:.2f} ×)")
    print(f"file              {rounds[-1]['file'] / 1e6:.0f} MB; compact {compact / 1e6:.0f} MB ({rounds[-1]['file'] / compact:.2f} ×)")
    pathlib.Path(args.json).write_text(json.dumps({**result, "rounds": rounds}, indent=1))
    if not args.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
