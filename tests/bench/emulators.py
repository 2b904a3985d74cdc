#!/usr/bin/env python3
"""Runs the benchmark programs (tests/bench/guest) on our engines, on QEMU and on the host.

usage: tests/bench/emulators.py [--runs N] [--settings machine,sv39,linux] [--engines ...]
                                [--programs ...] [--overhead] [--json FILE]

Build first: bazel build //emulator/main:lockstep-emu //tests/bench/guest:programs, and for
--overhead //coordinator/cli:lockstep //tests/qemu:drain. The Linux setting needs what
bazel/fetch_guests.sh fetches (LOCKSTEP_GUESTS).

Seconds are user and system time of the emulator's process, all its threads, between the program's
lines "begin" and "end" on the console: no start-up, no boot, but translation. Instructions are
those that lockstep-emu has counted in between. Medians of N runs (default 3) in which the engines
take turns. With --overhead also what checking costs: the translator alone, with digests that nobody
compares, and two instances under `lockstep run`.

Never fails because of a timing. Exit status 1 if a sum is wrong, 2 if a program does not run.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

from emulators_lib import (FIRMWARE, Failure, WrongSum, geometric_mean, run_marked, run_whole,
                           write_initrd)

PROGRAMS = ["mix", "sha256", "sort", "chase", "strings", "matrix", "nbody", "interpreter",
            "indirect", "allocator", "dictionary", "traps"]
SETTINGS = ["machine", "sv39", "linux"]
ENGINES = ["interp", "jit", "qemu", "qemu-icount", "native"]
OVERHEAD_PROGRAMS = ["mix", "sort", "strings", "matrix", "interpreter", "indirect",
                     "dictionary"]
TITLES = {
    "machine": "bare metal, M mode",
    "sv39": "U mode, Sv39, 4 KiB pages, sfence.vma at 100 Hz",
    "linux": "in Linux",
}
SHORTEST = 0.001  # seconds; less is not told
BOOT = "(boot, power-off)"
QEMU = "qemu-system-riscv64"


class Bench:
    """What is measured, and how the programs are run."""

    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        self.guests = os.path.join(options.bin, "tests/bench/guest")
        self.emu = options.emu or os.path.join(options.bin, "emulator/main/lockstep-emu")
        self.word = options.iterations
        self.parameter = os.path.join(directory, "parameter")
        with open(self.parameter, "wb") as f:
            f.write(self.word.encode() + b"\0")
        self.initrd = None
        # setting -> program -> engine -> [Sample]
        self.samples = {}

    def engine(self, name):
        if name in ("interp", "jit"):
            return [self.emu, "--engine", name, "--stats=brief"]
        icount = ["-icount", "shift=0,sleep=off"] if name == "qemu-icount" else []
        return [QEMU] + icount

    def board(self, setting, program):
        """Words behind the emulator's."""
        words = ["-M", "virt", "-display", "none", "-monitor", "none", "-serial", "stdio"]
        if setting == "linux":
            kernel = os.path.join(self.options.guests, "linux/Image")
            return words + ["-m", "512M", "-bios", FIRMWARE, "-kernel", kernel, "-initrd",
                            self.initrd, "-append", "console=ttyS0 quiet panic=-1", "-no-reboot"]
        elf = os.path.join(self.guests, "%s_%s.elf" % (program, setting))
        return words + ["-m", "256M", "-bios", elf, "-device",
                        "loader,file=%s,addr=0x8f000000,force-raw=on" % self.parameter]

    def add(self, setting, program, engine, sample):
        engines = self.samples.setdefault(setting, {}).setdefault(program, {})
        engines.setdefault(engine, []).append(sample)

    def run_native(self):
        for program in self.options.programs:
            argv = [os.path.join(self.guests, program), self.word]
            run = run_marked(argv, [program])
            self.add("native", program, "native", run.programs[program])

    def run_setting(self, setting, engines):
        if setting == "linux":
            for engine in engines:
                run = run_marked(self.engine(engine) + self.board(setting, None),
                                 self.options.programs)
                for program, sample in run.programs.items():
                    self.add(setting, program, engine, sample)
                self.add(setting, BOOT, engine, run.rest)
            return
        for program in self.options.programs:
            for engine in engines:
                run = run_marked(self.engine(engine) + self.board(setting, program), [program])
                self.add(setting, program, engine, run.programs[program])

    def run(self):
        engines = [e for e in self.options.engines if e != "native"]
        if "linux" in self.options.settings:
            self.initrd = write_initrd(self.directory, self.options.guests, self.guests,
                                       self.options.programs, self.word)
        for number in range(self.options.runs):
            print("emulators.py: run %d of %d" % (number + 1, self.options.runs), file=sys.stderr)
            self.run_native()
            for setting in self.options.settings:
                self.run_setting(setting, engines)

    def check_sums(self):
        """Every sum is the host's, and the host's is the known one unless none is known."""
        wrong = []
        for program in self.options.programs:
            right = self.samples["native"][program]["native"][0].sum
            for setting, programs in self.samples.items():
                for engine, samples in programs[program].items():
                    for sample in samples:
                        if sample.sum == right and sample.verdict != "WRONG":
                            continue
                        wrong.append("%s, %s on %s: %s (%s), on the host %s" % (
                            program, setting, engine, sample.sum, sample.verdict, right))
        if wrong:
            raise WrongSum("\n".join(wrong))

    def insns(self, setting, program):
        """Of the program, as lockstep-emu counts them; None if it did not run."""
        counts = {sample.insns for engine in ("interp", "jit")
                  for sample in self.samples[setting][program].get(engine, [])}
        if len(counts) > 1:
            raise WrongSum("%s, %s: the engines count %s instructions" % (
                program, setting, " and ".join(str(n) for n in sorted(counts))))
        return counts.pop() if counts else None

    def seconds(self, setting, program, engine):
        samples = self.samples[setting].get(program, {}).get(engine)
        if engine == "native":
            samples = self.samples["native"].get(program, {}).get("native")
        median = statistics.median(s.seconds for s in samples) if samples else 0
        return median if median >= SHORTEST else None

    def results(self):
        """setting -> program -> {"insns": n, "seconds": {engine: s}, "peak_mib": {engine: n}}"""
        table = {}
        for setting in self.options.settings:
            rows = self.options.programs + ([BOOT] if setting == "linux" else [])
            for program in rows:
                seconds = {e: self.seconds(setting, program, e) for e in self.options.engines}
                table.setdefault(setting, {})[program] = {
                    "insns": self.insns(setting, program),
                    "seconds": {e: s for e, s in seconds.items() if s is not None},
                    "peak_mib": {e: max(s.peak_mib for s in samples)
                                 for e, samples in self.samples[setting][program].items()},
                    "translated": next((s.translated for s in
                                        self.samples[setting][program].get("jit", [])), None),
                }
        return table


RATIOS = [("jit", "qemu"), ("jit", "qemu-icount"), ("interp", "qemu"), ("jit", "native")]
DASH = "-"


def print_setting(title, rows, engines):
    """The table of one setting; means are of the programs, not of Linux's boot."""
    ratios = [(a, b) for a, b in RATIOS if a in engines and b in engines]
    print("\n%s: MIPS, and as multiples" % title)
    print("%-18s %9s" % ("", "M insns") + "".join(" %12s" % e for e in engines) +
          "".join(" %17s" % ("%s/%s" % pair) for pair in ratios))
    means = {}
    for program, row in rows.items():
        seconds, insns = row["seconds"], row["insns"]
        values = {e: insns / s / 1e6 for e, s in seconds.items() if insns is not None}
        values.update({(a, b): seconds[b] / seconds[a] for a, b in ratios
                       if a in seconds and b in seconds})
        if program != BOOT:
            for key, value in values.items():
                means.setdefault(key, []).append(value)
        line = "%-18s %9s" % (program, DASH if insns is None else "%.1f" % (insns / 1e6))
        for engine in engines:
            if insns is None and engine in seconds:
                line += " %10.3f s" % seconds[engine]
            else:
                line += " %12s" % ("%.0f" % values[engine] if engine in values else DASH)
        print(line + "".join(" %17s" % ("%.2f" % values[pair] if pair in values else DASH)
                             for pair in ratios))
    line = "%-18s %9s" % ("geometric mean", "")
    for engine in engines:
        line += " %12s" % ("%.0f" % geometric_mean(means[engine]) if engine in means else DASH)
    print(line + "".join(" %17s" % ("%.2f" % geometric_mean(means[pair]) if pair in means else DASH)
                         for pair in ratios))


def print_memory(rows):
    """Peak memory of the processes, and what the translator has made."""
    peaks = {}
    for row in rows.values():
        for engine, peak in row["peak_mib"].items():
            peaks.setdefault(engine, []).append(peak)
    print("peak memory, MiB (least and most of the programs): " + "; ".join(
        "%s %d to %d" % (engine, min(values), max(values)) for engine, values in peaks.items()))
    made = {tuple(row["translated"]) for row in rows.values() if row["translated"]}
    insns = sum(pair[0] for pair in made)
    if insns:
        print("translated: %d guest instructions, %.1f bytes of host code each" % (
            insns, sum(pair[1] for pair in made) / insns))


def overhead(bench):
    """What checking costs the translator under Sv39: program -> {kind: [cpu s, wall s]}."""
    options = bench.options
    drain = os.path.join(options.bin, "tests/qemu/drain")
    lockstep = os.path.join(options.bin, "coordinator/cli/lockstep")
    emu = [bench.emu, "--engine", "jit"]
    times = {}
    for _ in range(options.runs):
        for program in [p for p in OVERHEAD_PROGRAMS if p in options.programs]:
            board = bench.board("sv39", program)
            kinds = {"alone": run_whole(emu + board)}
            for digest in ("window", "block"):
                one = [drain, "--digest=" + digest]
                kinds["one, " + digest] = run_whole(one + ["--sums", "--"] + emu + board,
                                                    drain=True)
                kinds["blocks, " + digest] = run_whole(one + ["--"] + emu + board, drain=True)
                with tempfile.TemporaryDirectory() as out:
                    command = " ".join(emu)
                    kinds["two, " + digest] = run_whole(
                        [lockstep, "run", "-q", "--json", "--no-narrow", "--digest=" + digest,
                         "--out", out + "/run", "--a", command, "--b", command, "--"] + board)
            for kind, pair in kinds.items():
                times.setdefault(program, {}).setdefault(kind, []).append(pair)
    return {program: {kind: [statistics.median(column) for column in zip(*pairs)]
                      for kind, pairs in kinds.items()} for program, kinds in times.items()}


def print_overhead(table):
    columns = [("one, window", 0, 1, "window cpu"), ("one, block", 0, 1, "block cpu"),
               ("blocks, window", 0, 1, "window, blocks"), ("blocks, block", 0, 1, "block, blocks"),
               ("two, window", 0, 2, "window cpu / 2"), ("two, window", 1, 1, "window wall"),
               ("two, block", 0, 2, "block cpu / 2"), ("two, block", 1, 1, "block wall")]
    print("\nChecking under Sv39, as a multiple of the translator alone. cpu: the emulator's user")
    print("and system time when one instance is digested and nobody compares, by sums as `lockstep")
    print("run` does it first, or with blocks; or of everything, two instances and the coordinator,")
    print("halved. wall: needs a core for each instance.")
    print("%-14s %9s %44s %78s" % ("", "alone", "one instance", "two instances"))
    print("%-14s %9s" % ("", "") + "".join(" %15s" % title for _, _, _, title in columns))
    means = [[] for _ in columns]
    for program, kinds in table.items():
        line = "%-14s %7.2f s" % (program, kinds["alone"][0])
        for i, (kind, which, parts, _) in enumerate(columns):
            ratio = kinds[kind][which] / parts / kinds["alone"][which]
            means[i].append(ratio)
            line += " %15.2f" % ratio
        print(line)
    print("%-24s" % "geometric mean" + "".join(" %15.2f" % geometric_mean(mean) for mean in means))


def words(choices):
    """A type for argparse: some of the choices, with commas between them."""
    def parse(text):
        chosen = text.split(",")
        for word in chosen:
            if word not in choices:
                raise argparse.ArgumentTypeError("'%s' is none of %s" % (word, ", ".join(choices)))
        return chosen
    return parse


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--settings", type=words(SETTINGS), default=SETTINGS)
    parser.add_argument("--engines", type=words(ENGINES), default=ENGINES)
    parser.add_argument("--programs", type=words(PROGRAMS), default=PROGRAMS)
    parser.add_argument("--iterations", default="full",
                        help="full (default), full/N for less, test, or a number")
    parser.add_argument("--overhead", action="store_true", help="also what checking costs")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--bin", default="bazel-bin", help="where Bazel has built")
    parser.add_argument("--emu", help="another lockstep-emu than that of --bin")
    parser.add_argument("--guests", default=os.environ.get("LOCKSTEP_GUESTS", ""),
                        help="what bazel/fetch_guests.sh has fetched")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    if "linux" in options.settings and not os.path.exists(
            os.path.join(options.guests, "linux/Image")):
        print("emulators.py: no Linux: export LOCKSTEP_GUESTS=$(bazel/fetch_guests.sh)",
              file=sys.stderr)
        options.settings = [s for s in options.settings if s != "linux"]
    return options


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(options, directory)
        bench.run()
        bench.check_sums()
        figures = {"runs": options.runs, "settings": bench.results()}
        for setting, rows in figures["settings"].items():
            print_setting(TITLES[setting], rows, options.engines)
            print_memory(rows)
        if options.overhead:
            figures["overhead"] = overhead(bench)
            print_overhead(figures["overhead"])
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump(figures, f, indent=1)


if __name__ == "__main__":
    try:
        main()
    except WrongSum as wrong:
        print("emulators.py: wrong: %s" % wrong, file=sys.stderr)
        sys.exit(1)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        print("emulators.py: %s" % failure, file=sys.stderr)
        sys.exit(2)
