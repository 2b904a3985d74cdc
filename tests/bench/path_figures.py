#!/usr/bin/env python3
"""What the way from the producers to the verdict carries, beside what the machine gives at best.

Two producers that cost as little as they can (tests/bench/load_producer.c) run under `lockstep run`, dense and
sparse; //tests/bench:path_bench measures a plain copy through a ring of the same size, and gRPC with
messages of the same size and nothing else. All in one go, so that the ratios hold. Peak memory of
`lockstep` (coordinator and agents) is that of the process, and of a run of --long-insns for "any length".

usage: tests/bench/path_figures.py [--bin bazel-bin] [--insns N] [--long-insns 10000000000] [--repeats 3]
Build first: bazel build //coordinator/cli:lockstep //tests/bench:load_producer //tests/bench:path_bench
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

KINDS = (
    ("dense, digest block", ["--stream=dense", "--digest=block"], 1),
    ("sparse, digest window", ["--stream=sparse", "--digest=window"], 8),
    ("sparse, digest block", ["--stream=sparse", "--digest=block"], 8),
)


def run(bin_dir, flags, insns, other=""):
    """Records a second of both instances together, seconds, and peak MiB of lockstep."""
    producer = bin_dir / "tests/bench/load_producer"
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(
            [bin_dir / "coordinator/cli/lockstep", "run", "-v", "--json", "--out", out + "/run"]
            + flags
            + ["--a", str(producer), "--b", f"{producer} {other}", "--", "--insns", str(insns)],
            capture_output=True,
            text=True,
        )
    if done.returncode != 0:
        sys.exit(f"path_figures.py: lockstep failed ({done.returncode}): {done.stderr}")
    report = json.loads(done.stdout)
    memory = re.search(r"peak memory: coordinator ([\d.]+) MiB", done.stderr)
    blocks = sum(int(instance["block_count"]) for instance in report["instances"])
    seconds = report["elapsed_seconds"]
    return blocks / seconds, seconds, float(memory.group(1))


def machine(bin_dir):
    done = subprocess.run(
        [bin_dir / "tests/bench/path_bench", "--benchmark_format=json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        row["name"].removesuffix("/real_time"): row["items_per_second"]
        for row in json.loads(done.stdout)["benchmarks"]
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("bazel-bin"))
    parser.add_argument("--insns", type=int, default=400_000_000)
    parser.add_argument("--long-insns", type=int, default=10_000_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    bin_dir = options.bin.resolve()

    best = machine(bin_dir)
    print("at best, M records/s of 16 bytes:")
    for name, rate in best.items():
        print(f"  {name.removeprefix('BM_'):24}{rate / 1e6:9.1f}")
    print("lockstep run, two instances, M block states/s of both; beside the ring, the gRPC sink:")
    for name, flags, factor in KINDS:
        rows = [run(bin_dir, flags, options.insns * factor) for _ in range(options.repeats)]
        rate = statistics.median(row[0] for row in rows)
        ratios = [rate / best[other] for other in ("BM_Ring", "BM_Grpc/sink")]
        print(
            f"  {name:24}{rate / 1e6:9.1f}   {ratios[0]:5.2f} x ring  {ratios[1]:5.2f} x sink"
            f"   peak {max(row[2] for row in rows):.0f} MiB"
        )
    rate, seconds, memory = run(bin_dir, ["--stream=sparse", "--digest=window"], options.long_insns)
    print(
        f"{options.long_insns} instructions of each, sparse: {seconds:.1f} s,"
        f" {rate / 1e6:.1f} M block states/s, peak {memory:.0f} MiB"
    )


if __name__ == "__main__":
    main()
