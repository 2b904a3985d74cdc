#!/usr/bin/env python3
"""Measures what the plugin costs a QEMU, and prints a table.

usage: tests/bench/qemu_slowdown.py [--runs N] [--bin DIR] [--shipped 7.2.so [10.so]]

Build first:
    bazel build //plugins/qemu:liblockstep_qemu.so //tests/qemu:drain //coordinator/cli:lockstep
Needs riscv64-linux-gnu-gcc, qemu-riscv64 and qemu-system-riscv64; the Linux boot, and QEMU 10, what
bazel/fetch_guests.sh fetches (LOCKSTEP_GUESTS).

A factor is the user CPU time of QEMU's process with the plugin, over that without; its records are
read, summed up as the agent of a sparse run does it, and thrown away by another process. Medians of
N pairs (default 3), each run beside its own without. "sampled" has registers every 10,000
instructions, "windows" the digests of registers at the end of every window.

With --shipped the lockstep plugin that comes with QEMU (contrib/plugins/lockstep.c, built by you
from QEMU's source, once per version) is measured, too: how far two QEMUs get in 20 s of the Linux
boot, and whether it raises a false alarm between 7.2 and 10.
Never fails because of a timing; exit status 2 if a program does not run.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

GUESTS = "tests/bench/guests"
FIRMWARE = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin"


def fail(message):
    print("qemu_slowdown.py: " + message, file=sys.stderr)
    sys.exit(2)


def user_seconds(argv):
    """User CPU time of the command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode != 0:
        fail("'%s' exited with %d: %s" % (" ".join(argv), result.returncode, result.stderr[-300:]))
    return after.ru_utime - before.ru_utime


def drained(drain, argv, options=()):
    """(user CPU seconds of the emulator, instructions, blocks) of a command as an instance."""
    result = subprocess.run([drain, *options, "--"] + argv, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False)
    match = re.search(r"insns=(\d+) blocks=(\d+) .*user_seconds=([0-9.]+)", result.stdout)
    if result.returncode != 0 or not match:
        fail("'%s' is no instance: %s" % (" ".join(argv), result.stderr[-300:]))
    return float(match.group(3)), int(match.group(1)), int(match.group(2))


def factor(args, command, plugin_options, drain_options=()):
    """Median over pairs of the user time with the plugin by that without; and the last counts."""
    factors = []
    for _ in range(args.runs):
        without = user_seconds(command([]))
        words = ["-plugin", args.plugin + plugin_options]
        seconds, insns, blocks = drained(args.drain, command(words), drain_options)
        factors.append(seconds / without)
    return statistics.median(factors), insns, blocks


def measure(name, args, command, windows):
    """One row; `command` takes the words to put after the program's name."""
    without = statistics.median(user_seconds(command([])) for _ in range(args.runs))
    plain, insns, blocks = factor(args, command, "")
    sampled = factor(args, command, ",sample=10000")[0]
    at_windows = ("%8.2f" % factor(args, command, ",regs=window", ("--registers=window",))[0]
                  if windows else "%8s" % "-")
    print("%-34s %6.2f s %6.1f %8.2f %8.2f %s" % (name, without, insns / blocks, plain, sampled,
                                                 at_windows), flush=True)


def canon_arguments(args, directory):
    guests = os.environ.get("LOCKSTEP_GUESTS", "")
    image = os.path.join(guests, "linux/Image")
    if not guests or not os.path.exists(image):
        print("(no Linux: export LOCKSTEP_GUESTS=$(bazel/fetch_guests.sh))")
        return None
    subprocess.run([args.lockstep, "canon", "--bios", FIRMWARE, "--kernel", image, "--initrd",
                    os.path.join(guests, "linux/initrd.gz"), "--append", "console=ttyS0", "--out",
                    directory], check=True, stdout=subprocess.DEVNULL)
    words = {}
    for version in ("7.2", "10"):
        with open(os.path.join(directory, "qemu-%s.args" % version), encoding="utf-8") as f:
            words[version] = f.read().split() + ["-serial", "null"]
    programs = {"7.2": "qemu-system-riscv64",
                "10": os.path.join(guests, "qemu10/usr/bin/qemu-system-riscv64")}
    return {v: [programs[v]] + words[v] for v in words if v == "7.2" or os.path.exists(programs[v])}


def shipped_pair(plugins, commands, directory, seconds):
    """Two QEMUs under the lockstep plugin that QEMU ships, for so long; what the first said."""
    socket = os.path.join(directory, "shipped.sock")
    logs = [os.path.join(directory, "log%d" % i) for i in range(2)]
    processes = []
    for plugin, command, log in zip(plugins, commands, logs):
        processes.append(subprocess.Popen(
            command + ["-plugin", plugin + ",sockpath=" + socket, "-d", "plugin", "-D", log],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        time.sleep(2)  # the first listens, the second connects
    time.sleep(seconds)
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()
    with open(logs[0], encoding="utf-8", errors="replace") as f:
        return f.read()


def measure_shipped(args, boots, directory):
    """The figures of QEMU's own plugin, beside which ours stand."""
    if "7.2" not in boots:
        return
    seconds = 20
    insns = drained(args.drain, [boots["7.2"][0], "-plugin", args.plugin, *boots["7.2"][1:]])[1]
    base = insns / user_seconds(boots["7.2"])
    text = shipped_pair([args.shipped[0]] * 2, [boots["7.2"]] * 2, directory, seconds)
    match = re.search(r"Executed ~(\d+) instructions", text)
    if not match:
        fail("QEMU's own plugin says: %s" % text[-300:])
    rate = int(match.group(1)) / seconds
    print("QEMU's own plugin, Linux boot, 7.2 against 7.2: %.2f M instructions/s, without plugin "
          "%.0f: a factor of %.0f" % (rate / 1e6, base / 1e6, base / rate))
    if len(args.shipped) < 2 or "10" not in boots:
        return
    text = shipped_pair(args.shipped, [boots["7.2"], boots["10"]], directory, seconds)
    print("QEMU's own plugin, the same boot, 7.2 against 10: %s" % (
        " ".join(line for line in text.splitlines() if "giving up" in line or "insn_count" in line)
        or "no alarm so far"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--shipped", nargs="+", default=[], metavar="FILE.so")
    parser.add_argument("--bin", default="bazel-bin", help="where Bazel has built")
    args = parser.parse_args()
    args.plugin = os.path.abspath(os.path.join(args.bin, "plugins/qemu/liblockstep_qemu.so"))
    args.drain = os.path.join(args.bin, "tests/qemu/drain")
    args.lockstep = os.path.join(args.bin, "coordinator/cli/lockstep")
    for path in (args.plugin, args.drain, args.lockstep):
        if not os.path.exists(path):
            fail("no %s: build it first" % path)
    print("%-34s %8s %6s %8s %8s %8s" % ("guest", "without", "insns", "factor", "factor", "factor"))
    print("%-34s %8s %6s %8s %8s %8s" % ("", "plugin", "/block", "pc only", "sampled", "windows"))
    users = {"7.2": "qemu-riscv64", "10": os.path.join(os.environ.get("LOCKSTEP_GUESTS", ""),
                                                       "qemu10-user/bin/qemu-riscv64")}
    with tempfile.TemporaryDirectory() as directory:
        for name in ("integer", "float", "calls"):
            program = os.path.join(directory, name)
            subprocess.run(["riscv64-linux-gnu-gcc", "-O2", "-static", "-o", program,
                            "%s/qemu_%s.c" % (GUESTS, name)], check=True)
            for version, qemu in users.items():
                if version == "7.2" or os.path.exists(qemu):
                    measure("%s, user mode, QEMU %s" % (name, version), args,
                            lambda words, p=program, q=qemu: [q, *words, p], windows=False)
        boots = canon_arguments(args, directory)
        for version, command in (boots or {}).items():
            measure("Linux boot, QEMU %s" % version, args,
                    lambda words, c=command: [c[0], *words, *c[1:]], windows=True)
        if args.shipped and boots:
            measure_shipped(args, boots, directory)


if __name__ == "__main__":
    main()
