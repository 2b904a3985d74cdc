#!/usr/bin/env python3
"""Measures the figures of docs/SPECIFICATION.md, side by side in one run, and prints a table.

usage: tests/bench/figures.py [--runs N] [--emu PATH] [--lockstep PATH] [--guests DIR]

Build first: bazel build //coordinator/cli:lockstep //emulator/main:lockstep-emu //tests/bench/...
Each figure is the median of N runs (default 5); commands that are compared take turns. Times are wall
clock of whole processes. Never fails because of a timing; exit status 2 if a program does not run.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time

OPENSBI = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf"
UBOOT = "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"
SCRIPT = "tests/e2e/uboot_demo.script"
QEMU = ["qemu-system-riscv64", "-M", "virt", "-display", "none", "-monitor", "none"]
ICOUNT = ["-icount", "shift=0,sleep=off"]


def fail(message):
    print("figures.py: " + message, file=sys.stderr)
    sys.exit(2)


def timed(argv, ok=(0,), stdin=subprocess.DEVNULL):
    """Runs argv; returns (wall seconds, peak KiB, stdout, stderr)."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(argv, stdin=stdin, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        out.seek(0)
        err.seek(0)
        out_text = out.read().decode(errors="replace")
        err_text = err.read().decode(errors="replace")
    if process.returncode not in ok:
        fail("'%s' exited with %s: %s" % (" ".join(argv), process.returncode, err_text[-400:]))
    return wall, usage.ru_maxrss, out_text, err_text


def stat(text, name):
    """A number from the emulator's --stats=brief: name=value."""
    match = re.search(r"\b%s=([0-9.]+)" % name, text)
    if not match:
        fail("no '%s' in the --stats=brief of the emulator:\n%s" % (name, text))
    return float(match.group(1))


def row(name, value, note=""):
    print("%-58s %14s  %s" % (name, value, note))


def interleaved(runs, commands):
    """Runs the commands in turn; returns a list of medians of wall time and the last results."""
    walls = [[] for _ in commands]
    last = [None] * len(commands)
    for _ in range(runs):
        for i, argv in enumerate(commands):
            last[i] = timed(argv)
            walls[i].append(last[i][0])
    return [statistics.median(w) for w in walls], last


def compute_loop(args):
    elf = os.path.join(args.guests, "compute.elf")
    emu = [args.emu, "-M", "virt", "-nographic", "-serial", "null", "-bios", elf]
    commands = [
        emu + ["--stats=brief"],
        QEMU + ["-serial", "null", "-bios", elf],
        QEMU + ICOUNT + ["-serial", "null", "-bios", elf],
    ]
    (ours, tcg, tcg_icount), last = interleaved(args.runs, commands)
    insns = stat(last[0][3], "insns")
    print("\nCompute loop (tests/bench/guests/compute.c), %d instructions" % insns)
    row("lockstep-emu, interpreter", "%.0f MIPS" % (insns / ours / 1e6), "%.2f s" % ours)
    row("QEMU TCG", "%.0f MIPS" % (insns / tcg / 1e6), "%.2f s; ours takes %.1fx" % (tcg, ours / tcg))
    row("QEMU TCG -icount shift=0", "%.0f MIPS" % (insns / tcg_icount / 1e6),
        "%.2f s; ours takes %.1fx" % (tcg_icount, ours / tcg_icount))


def watch_memory(pid, samples, stop):
    """Appends (seconds, KiB resident) of a process until told to stop."""
    start = time.monotonic()
    while not stop.is_set():
        try:
            with open("/proc/%d/statm" % pid, encoding="ascii") as statm:
                pages = int(statm.read().split()[1])
        except (OSError, IndexError):
            return
        samples.append((time.monotonic() - start, pages * resource.getpagesize() // 1024))
        stop.wait(0.05)


def script_steps(path):
    """The expect and send lines of a console script, as (word, bytes)."""
    steps = []
    with open(path, encoding="ascii") as script:
        for line in script:
            word, _, text = line.rstrip("\n").partition(" ")
            if word in ("expect", "send"):
                text = text[1:-1] if text[:1] == '"' else text
                steps.append((word, text.encode().decode("unicode_escape").encode("latin-1")))
    return steps


def scripted(argv, script):
    """Runs argv with a console script played on its standard input and output; (wall s, peak KiB)."""
    start = time.monotonic()
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    seen = b""
    for word, text in script_steps(script):
        if word == "send":
            process.stdin.write(text)
            process.stdin.flush()
            continue
        while text not in seen:
            chunk = os.read(process.stdout.fileno(), 4096)
            if not chunk:
                fail("'%s' ended before it printed %r" % (argv[0], text))
            seen += chunk
        seen = seen[seen.index(text) + len(text):]
    while os.read(process.stdout.fileno(), 4096):
        pass
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, usage.ru_maxrss


def qemu_firmware(args):
    """QEMU on the same images, driven through a pipe by the same script."""
    for name, extra in (("QEMU TCG", []), ("QEMU TCG -icount shift=0", ICOUNT)):
        argv = QEMU + extra + ["-serial", "stdio", "-m", "128M", "-bios", OPENSBI, "-kernel", UBOOT]
        runs = [scripted(argv, SCRIPT) for _ in range(args.runs)]
        wall = statistics.median(run[0] for run in runs)
        row(name + ", alone", "%.2f s" % wall, "peak %d MiB" % (runs[-1][1] // 1024))


def firmware(args):
    guest = ["-M", "virt", "-m", "128M", "-nographic", "-bios", OPENSBI, "-kernel", UBOOT]
    guest += ["-serial", "script:" + SCRIPT]
    alone, last = interleaved(args.runs, [[args.emu, "--stats=brief"] + guest])
    insns = stat(last[0][3], "insns")
    print("\nOpenSBI + U-Boot to power-off (tests/e2e/uboot_demo.script), %d instructions" % insns)
    row("lockstep-emu alone", "%.2f s" % alone[0], "%.0f MIPS, peak %d MiB" %
        (insns / alone[0] / 1e6, last[0][1] // 1024))

    qemu_firmware(args)
    # One pair cuts blocks alike, the other as differently as two of these emulators can.
    other = args.emu + " --max-block-insns 7 --tlb-entries 4"
    for what, second in (("equal instances", args.emu), ("blocks of 7 instructions in one", other)):
        for mode in ("--stream=dense", "--stream=sparse", "--digest=window"):
            wall, blocks = checked(args, guest, second, mode)
            rate = ("%.2f M block states/s compared on each instance, %.2f M/s in all" %
                    (blocks / wall / 1e6, 2 * blocks / wall / 1e6))
            row("lockstep run %s, %s" % (mode, what), "%.2f s" % wall,
                "%.2fx of one alone; %s" % (wall / alone[0], rate if blocks else "by sums"))


def checked(args, guest, second, mode):
    """Median wall time of a run of two instances, and the blocks compared."""
    walls, report = [], None
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory() as out:
            argv = [args.lockstep, "run", "--json", "-q", mode, "--a", args.emu, "--b", second,
                    "--out", out + "/run", "--"] + guest
            wall, _, text, _ = timed(argv)
            report = json.loads(text)
            walls.append(wall)
    return statistics.median(walls), int(report["compared"]["blocks"])


def dense_memory(args):
    elf = os.path.join(args.guests, "compute.elf")
    with tempfile.TemporaryDirectory() as out:
        argv = [args.lockstep, "run", "--json", "-v", "--stream=dense", "--a", args.emu, "--b", args.emu,
                "--out", out + "/run", "--", "-M", "virt", "-nographic", "-serial", "null", "-bios", elf]
        start = time.monotonic()
        with open(out + "/log", "wb") as log:
            process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log)
            samples, stop = [], threading.Event()
            watcher = threading.Thread(target=watch_memory, args=(process.pid, samples, stop))
            watcher.start()
            text, _ = process.communicate()
            stop.set()
            watcher.join()
        wall = time.monotonic() - start
        with open(out + "/log", encoding="utf-8", errors="replace") as log:
            notes = log.read()
    if process.returncode != 0:
        fail("lockstep run exited with %d: %s" % (process.returncode, notes[-400:]))
    report = json.loads(text)
    blocks, insns = int(report["compared"]["blocks"]), int(report["compared"]["insns"])
    print("\nDense checking of the compute loop, two instances, %d blocks, %d instructions" %
          (blocks, insns))
    row("block states/s, each instance", "%.2f M" % (blocks / wall / 1e6),
        "%.0f MIPS each, %.2f s" % (insns / wall / 1e6, wall))
    quarters = [samples[len(samples) * q // 4 - 1][1] // 1024 for q in (1, 2, 3, 4)] if samples else []
    row("coordinator resident after 1/4, 2/4, 3/4, 4/4 of the run",
        " ".join("%d" % q for q in quarters) + " MiB")
    for line in notes.splitlines():
        if "RSS" in line or "peak" in line:
            print("    " + line.strip())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--emu", default="bazel-bin/emulator/main/lockstep-emu")
    parser.add_argument("--lockstep", default="bazel-bin/coordinator/cli/lockstep")
    parser.add_argument("--guests", default="bazel-bin/tests/bench")
    args = parser.parse_args()
    for path in (args.emu, args.lockstep, os.path.join(args.guests, "compute.elf")):
        if not os.path.exists(path):
            fail("%s is not there; build first, see --help" % path)
    print("%s; %d runs each, medians" % (os.uname().machine, args.runs))
    compute_loop(args)
    firmware(args)
    dense_memory(args)


if __name__ == "__main__":
    main()
