#!/usr/bin/env python3
"""Sparse mode between hosts, beside the same on loopback.

Three hosts are network namespaces: a hub with the coordinator, and one for each of two instances, joined
to it by a link of --mbit in each direction (tc tbf). The instances reach the coordinator through a relay
that delays (tests/remote/delay_relay.py), so that the round-trip time is --rtt-ms. Each measurement is a
whole run: `lockstep serve`, `watch --create`, and two `join` with a producer that costs as little as it
can. Loopback and hosts take turns; medians are compared.

usage (as root): tests/bench/two_hosts.py --lockstep F --producer F [--insns N] [--rtt-ms 10] [--mbit 100]
                                          [--repeats 3] [--digest window] [--check]

--check: for CI, one short run between the hosts, whose connections are cut on the way, and one on loopback.
Exit status 1 unless both are IDENTICAL and the instances went on after the cuts; figures are printed and
never decide. Exit status 77: network namespaces cannot be made here.
"""

import argparse
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RELAY = HERE.parent / "remote" / "delay_relay.py"
PREFIX = f"lockstep{os.getpid() % 10000}"
STARTUP_SECONDS = 60
CHECK_INSNS = 300_000_000
# Of each instance once, in mid-run: some 200 of 4600 windows have been told of then.
CHECK_CUTS = "2:20000"
RECONNECT_NOTE = "the connection to the coordinator broke"
# Where Debian has ip and tc, which not everyone's PATH has.
os.environ["PATH"] += os.pathsep + "/usr/sbin"


def sh(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True)


class Hosts:
    """The namespaces and their links; gone at the end of the `with`."""

    def __init__(self, mbit):
        self.names = {name: f"{PREFIX}{name}" for name in ("hub", "A", "B")}
        self.mbit = mbit

    def __enter__(self):
        try:
            for name in self.names.values():
                sh("ip", "netns", "add", name)
                sh("ip", "-n", name, "link", "set", "lo", "up")
            for number, name in enumerate(("A", "B"), start=1):
                self.link(number, name)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            self.__exit__()
            reason = getattr(error, "stderr", None) or str(error)
            print(f"two_hosts.py: no network namespaces here: {reason.strip()}", file=sys.stderr)
            sys.exit(77)
        return self

    def link(self, number, name):
        near, far = f"lkh{os.getpid() % 10000}{name}", f"lki{os.getpid() % 10000}{name}"
        sh("ip", "link", "add", near, "type", "veth", "peer", "name", far)
        for device, host, address in ((near, "hub", 1), (far, name, 2)):
            space = self.names[host]
            sh("ip", "link", "set", device, "netns", space)
            sh("ip", "-n", space, "addr", "add", f"10.77.{number}.{address}/24", "dev", device)
            sh("ip", "-n", space, "link", "set", device, "up")
            limit = f"tc qdisc add dev {device} root tbf rate {self.mbit}mbit burst 64kb latency 50ms"
            sh("ip", "netns", "exec", space, *limit.split())

    def address(self, name):
        """Of the hub, as the instance reaches it."""
        return f"10.77.{1 + 'AB'.index(name)}.1"

    def within(self, host):
        return ["ip", "netns", "exec", self.names[host]]

    def __exit__(self, *_):
        for name in self.names.values():
            sh("ip", "netns", "del", name, check=False)


class Processes:
    """What was started; killed at the end of the `with`."""

    def __init__(self):
        self.all = []

    def start(self, words, **options):
        process = subprocess.Popen(words, text=True, **options)
        self.all.append(process)
        return process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.all:
            if process.poll() is None:
                process.kill()
            process.wait()


def first_match(stream, pattern):
    """The first group of the pattern in the lines of a stream."""
    limit = time.monotonic() + STARTUP_SECONDS
    for line in stream:
        match = re.search(pattern, line)
        if match:
            return match.group(1)
        if time.monotonic() > limit:
            break
    sys.exit("two_hosts.py: a process did not say what address it listens on")


def measure(options, hosts, cuts="0:0"):
    """One run; `hosts` is None for loopback. Returns its report, its wall-clock seconds, and what each
    `join` said on stderr."""
    within = (lambda host: hosts.within(host)) if hosts else (lambda host: [])
    with Processes() as processes, tempfile.TemporaryDirectory() as directory:
        server = processes.start(
            within("hub") + [options.lockstep, "serve", "--listen", "127.0.0.1:0"],
            stderr=subprocess.PIPE,
        )
        port = first_match(server.stderr, r"listening on \S*:(\d+)")
        coordinator = f"127.0.0.1:{port}"
        address = {"A": coordinator, "B": coordinator}
        if hosts:
            relay = processes.start(
                within("hub")
                + [sys.executable, str(RELAY), "0.0.0.0:0", coordinator, str(options.rtt_ms / 2), cuts],
                stdout=subprocess.PIPE,
            )
            relay_port = first_match(relay.stdout, r":(\d+)$")
            address = {name: f"{hosts.address(name)}:{relay_port}" for name in "AB"}
        watch = processes.start(
            within("hub")
            + [options.lockstep, "watch", "--coordinator", coordinator, "--create", "A,B"]
            + ["--run", "two-hosts", "--digest", options.digest, "--json", "-q"]
            + ["--out", f"{directory}/watch"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        start = time.monotonic()
        joined = [
            processes.start(
                within(name)
                + [options.lockstep, "join", "--coordinator", address[name], "--run", "two-hosts"]
                + ["--instance", name, "-q", "--out", f"{directory}/{name}", "--"]
                + [options.producer, "--insns", str(options.insns)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            for name in "AB"
        ]
        text = watch.communicate()[0]
        seconds = time.monotonic() - start
        said = [process.communicate(timeout=STARTUP_SECONDS)[1] for process in joined]
    try:
        report = json.loads(text)
    except json.JSONDecodeError:
        sys.exit(f"two_hosts.py: no report came from the run: {text[:200]!r}")
    if report["outcome"] != "OUTCOME_IDENTICAL":
        sys.exit(f"two_hosts.py: {report['outcome']}: {report.get('trouble')}")
    return report, seconds, said


def check(options, hosts):
    """For CI."""
    options.insns = CHECK_INSNS
    report, took, said = measure(options, hosts, CHECK_CUTS)
    for name, text in zip("AB", said):
        if RECONNECT_NOTE not in text:
            sys.exit(f"two_hosts.py: instance {name} was not cut off: {text[:200]!r}")
    if report["compared"]["insns"] != str(CHECK_INSNS):
        sys.exit(f"two_hosts.py: verified to {report['compared']['insns']}, not {CHECK_INSNS}")
    there = rates(report, took)[0]
    here = rates(*measure(options, None)[:2])[0]
    print(
        f"IDENTICAL between hosts, after {len(said)} cuts: {there:.0f} MIPS of each instance,"
        f" {100 * there / here:.0f} % of loopback's {here:.0f}"
    )


def rates(report, seconds):
    insns = int(report["compared"]["insns"])
    blocks = sum(int(instance["block_count"]) for instance in report["instances"])
    return insns / seconds / 1e6, blocks / seconds / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lockstep", required=True)
    parser.add_argument("--producer", required=True)
    parser.add_argument("--insns", type=int, default=8_000_000_000)
    parser.add_argument("--rtt-ms", type=float, default=10)
    parser.add_argument("--mbit", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--digest", default="window")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.lockstep = os.path.abspath(options.lockstep)
    options.producer = os.path.abspath(options.producer)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the hosts go all the same
    seconds = {"loopback": [], "hosts": []}
    with Hosts(options.mbit) as hosts:
        if options.check:
            check(options, hosts)
            return
        for _ in range(options.repeats):
            for kind, where in (("loopback", None), ("hosts", hosts)):
                report, took, _ = measure(options, where)
                seconds[kind].append(took)
                mips, blocks = rates(report, took)
                print(
                    f"{kind:9} {took:7.2f} s  {mips:7.0f} MIPS of each instance"
                    f"  {blocks:6.1f} M blocks/s in all",
                    flush=True,
                )
    median = {kind: statistics.median(values) for kind, values in seconds.items()}
    print(
        f"round trip {options.rtt_ms:g} ms, {options.mbit} Mbit/s:"
        f" {100 * median['loopback'] / median['hosts']:.1f} % of loopback's throughput"
    )


if __name__ == "__main__":
    main()
