"""For emulators.py: runs programs and takes their time."""

import math
import os
import re
import resource
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

FIRMWARE = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf"
TIMEOUT_SECONDS = 3600
TICK_INSNS = 100  # the guest's clock has 10 MHz, an instruction takes 1 ns

LINE = re.compile(rb"bench (begin|end) (\w+) (\d+)(?: (0x[0-9a-f]+) (\d+) (\w+))?\r?\n")


class Failure(Exception):
    """A program does not run as it should."""


class WrongSum(Exception):
    """What no emulator may do."""


@dataclass
class Sample:
    seconds: float  # user and system time
    insns: int  # of lockstep-emu, else None
    sum: str
    verdict: str
    peak_mib: int = 0
    translated: tuple = None  # guest instructions, bytes of host code; of the process


@dataclass
class MarkedRun:
    programs: dict = field(default_factory=dict)  # name -> Sample
    rest: Sample = None  # outside the programs


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def cpu_clock(pid):
    """Seconds that the threads of another process have taken (CLOCK_PROCESS_CPUTIME_ID)."""
    return time.clock_gettime((~pid << 3) | 2)


class _Marks:
    """Takes the lines out of the console's text as it comes."""

    def __init__(self):
        self._text = b""
        self._begin = {}
        self.programs = {}

    def feed(self, text, now):
        self._text += text
        end = 0
        for match in LINE.finditer(self._text):
            end = match.end()
            name = match.group(2).decode()
            if match.group(1) == b"begin":
                self._begin[name] = now
            elif match.group(4) is not None and name in self._begin:
                self.programs[name] = Sample(
                    now - self._begin[name], int(match.group(5)) * TICK_INSNS,
                    match.group(4).decode(), match.group(6).decode())
        self._text = self._text[end:][-65536:]

    @property
    def tail(self):
        return self._text[-400:].decode(errors="replace")


def _follow(process, marks):
    """Reads the process's output to its end."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    now = 0.0
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            process.kill()
            process.wait()
            raise Failure("'%s' is not done after %d s: %s" % (
                " ".join(process.args), TIMEOUT_SECONDS, marks.tail))
        text = os.read(process.stdout.fileno(), 65536)
        if not text:
            return
        try:
            now = cpu_clock(process.pid)
        except OSError:  # it has ended in between: as of the last line
            pass
        marks.feed(text, now)


def run_marked(argv, names):
    """Runs argv and takes the time between its marks; all `names` must end."""
    own_count = "--stats=brief" in argv
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=err)
        marks = _Marks()
        _follow(process, marks)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        err.seek(0)
        errors = err.read().decode(errors="replace")
    missing = [name for name in names if name not in marks.programs]
    # 1: the program has seen a wrong sum and said so.
    if missing or process.returncode not in (0, 1):
        raise Failure("'%s' exited with %d, without an end of %s: %s%s" % (
            " ".join(argv), process.returncode, ", ".join(missing) or "nothing", marks.tail,
            errors[-400:]))
    run = MarkedRun(programs=marks.programs)
    peak = usage.ru_maxrss // 1024
    total = usage.ru_utime + usage.ru_stime
    translated = re.search(r"guest_insns=(\d+) host_bytes=(\d+)", errors)
    for sample in run.programs.values():
        sample.peak_mib = peak
        sample.translated = tuple(int(n) for n in translated.groups()) if translated else None
    inside = sum(sample.insns for sample in run.programs.values())
    match = re.search(r"\binsns=(\d+)", errors) if own_count else None
    if match is None:
        for sample in run.programs.values():
            sample.insns = None
    run.rest = Sample(total - sum(sample.seconds for sample in run.programs.values()),
                      int(match.group(1)) - inside if match else None, "", "", peak)
    return run


def run_whole(argv, drain=False):
    """(user and system seconds, wall seconds) of a command and its children that must succeed.

    With drain: of the emulator that tests/qemu/drain has run, as that says.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=TIMEOUT_SECONDS)
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise Failure("'%s' exited with %d: %s" % (" ".join(argv), done.returncode,
                                                   (done.stdout + done.stderr)[-400:]))
    if not drain:
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall
    match = re.search(r"cpu_seconds=([0-9.]+) .*wall_seconds=([0-9.]+)", done.stdout)
    if match is None:
        raise Failure("'%s' says no times: %s" % (argv[0], done.stdout))
    return float(match.group(1)), float(match.group(2))


def write_initrd(directory, fetched, guests, programs, word):
    """An initial RAM disk whose init runs the programs and powers off; its path."""
    init = os.path.join(directory, "init")
    with open(init, "w", encoding="utf-8") as f:
        # First the kernel is given the time to finish what it does behind init.
        f.write("#!/bin/busybox sh\n/bin/busybox sleep 2\n")
        for program in programs:
            f.write("/bench/%s %s\n" % (program, word))
        f.write("/bin/busybox poweroff -f\n")
    script = os.path.join(os.path.dirname(__file__), "../../bazel/initramfs.py")
    initrd = os.path.join(directory, "initrd.gz")
    argv = [sys.executable, script, initrd, os.path.join(fetched, "linux/busybox"), "--init", init]
    for program in programs:
        argv += ["--add", "%s/%s_linux.elf=/bench/%s" % (guests, program, program)]
    subprocess.run(argv, check=True)
    return initrd
