#!/usr/bin/env python3
"""Times what people run in a Debian guest, on lockstep-emu and on QEMU, side by side.

usage: userland.py --emulator LOCKSTEP_EMU [--guests DIR] [--engines interp,jit,qemu] [--runs N]

Boots the Debian root file system that bazel/fetch_guests.sh has fetched (DIR, default
$LOCKSTEP_GUESTS) from a virtio disk whose changes are dropped. The guest says where it is: a build
with make and gcc, the program that this made, Python, a checksum, and Perl, SQLite, OpenSSL and xz
one after the other, as tests/linux/userland has them. For each part the processor time (user and
system) of the emulator's process until the guest says that it is done, the least of N runs; the
engines take turns. Every engine's guest must print the same.
"""

import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "..", "linux", "userland")
INITRAMFS = os.path.join(HERE, "..", "..", "bazel", "initramfs.py")
FIRMWARE = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf"
MODULES = ("virtio_mmio", "virtio_blk", "crc32c_generic", "crc16", "mbcache", "jbd2", "ext4")
FILES = ("Makefile", "main.c", "numbers.c", "numbers.h", "program.py")
PARTS = ("boot", "gcc", "program", "python", "sha256sum", "others")

INIT = f"""#!/bin/busybox sh
/bin/busybox mkdir -p /dev /mnt
/bin/busybox mount -t devtmpfs dev /dev
for module in {" ".join(MODULES)}; do /bin/busybox insmod /modules/$module.ko; done
/bin/busybox mount -t ext4 /dev/vda /mnt
/bin/busybox mount -t tmpfs tmpfs /mnt/tmp
/bin/busybox cp /job/* /bin/busybox /mnt/tmp/
/bin/busybox mount --move /dev /mnt/dev
exec /bin/busybox switch_root /mnt /bin/bash /tmp/parts.sh
"""

SCRIPT = """export PATH=/usr/sbin:/usr/bin LC_ALL=C
cd /tmp
mount -t proc proc /proc
echo @boot
make -s program
echo @gcc
./program
echo @program
python3 program.py
echo @python
sha256sum /usr/libexec/gcc/riscv64-linux-gnu/14/cc1
echo @sha256sum
perl -e 'my %sum; $sum{$_ % 97} += $_ for 1..100000; print "perl ", join(",", @sum{0, 1, 96}), "\\n"'
sqlite3 data.db 'create table t(a, b);
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
    insert into t select i, hex(i) from n;
  create index by_b on t(b);
  select "sqlite", count(*), sum(a), max(b) from t;'
seq 1 100000 >numbers
openssl dgst -sha512 -r numbers
xz -T1 -k numbers
xz -dc numbers.xz | sha256sum
echo @others
/tmp/busybox poweroff -f
"""


def make_initrd(guests, path):
    """Writes the RAM disk that mounts the disk and runs SCRIPT."""
    modules = {}
    for directory, _, names in os.walk(os.path.join(guests, "linux", "modules")):
        modules |= {name: os.path.join(directory, name) for name in names}
    with tempfile.TemporaryDirectory() as work:
        for name, text in (("init", INIT), ("parts.sh", SCRIPT)):
            with open(os.path.join(work, name), "w", encoding="utf-8") as f:
                f.write(text)
        added = [f"{modules[f'{name}.ko.xz']}=/modules/{name}.ko.xz" for name in MODULES]
        added += [f"{os.path.join(SOURCES, name)}=/job/{name}" for name in FILES]
        added.append(f"{work}/parts.sh=/job/parts.sh")
        command = [sys.executable, INITRAMFS, path, os.path.join(guests, "linux", "busybox")]
        command += ["--init", os.path.join(work, "init")]
        for word in added:
            command += ["--add", word]
        subprocess.run(command, check=True)


def engine_command(engine, args, initrd):
    start = {
        "interp": [args.emulator, "--engine", "interp"],
        "jit": [args.emulator, "--engine", "jit"],
        "qemu": ["qemu-system-riscv64"],
        "qemu-icount": ["qemu-system-riscv64", "-icount", "shift=0,sleep=off"],
    }[engine]
    disk = os.path.join(args.guests, "debian", "root.ext4")
    return start + [
        *("-M", "virt", "-m", "1G", "-nographic", "-no-reboot", "-bios", FIRMWARE),
        *("-kernel", os.path.join(args.guests, "linux", "Image"), "-initrd", initrd),
        *("-append", "console=ttyS0 panic=-1 quiet"),
        *("-drive", f"file={disk},format=raw,if=none,id=root,snapshot=on"),
        *("-device", "virtio-blk-device,drive=root"),
    ]


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mebibytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("VmHWM")).split()[1]) / 1024


def run(command):
    """Seconds of each part, peak memory, and what the guest printed between the parts."""
    seconds, printed, last, peak = {}, [], 0.0, 0.0
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        for raw in process.stdout:
            line = raw.decode(errors="replace").strip()
            if line[:1] == "@" and line[1:] in PARTS:
                now = processor_seconds(process.pid)
                peak = peak_mebibytes(process.pid)
                seconds[line[1:]], last = now - last, now
            elif "boot" in seconds and "others" not in seconds and line[:1] != "[":
                printed.append(line)
    if process.returncode != 0 or len(seconds) != len(PARTS):
        sys.exit(f"userland.py: {command[0]} ended with {process.returncode} after {seconds}")
    return seconds, peak, printed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--emulator", required=True, help="lockstep-emu")
    parser.add_argument("--guests", default=os.environ.get("LOCKSTEP_GUESTS", ""))
    parser.add_argument("--engines", default="interp,jit,qemu")
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    if not os.path.exists(os.path.join(args.guests, "debian", "root.ext4")):
        sys.exit("userland.py: no debian/root.ext4 in --guests: bazel/fetch_guests.sh debian")
    engines = args.engines.split(",")
    best, peaks, outputs = {engine: {} for engine in engines}, {}, {}
    with tempfile.TemporaryDirectory() as work:
        initrd = os.path.join(work, "initrd.gz")
        make_initrd(args.guests, initrd)
        for _ in range(args.runs):
            for engine in engines:
                seconds, peaks[engine], outputs[engine] = run(engine_command(engine, args, initrd))
                for part, value in seconds.items():
                    best[engine][part] = min(value, best[engine].get(part, value))
    print("| engine | " + " | ".join(PARTS) + " | all | peak MiB |")
    print("|---|" + "---|" * (len(PARTS) + 2))
    for engine in engines:
        values = [f"{best[engine][part]:.2f}" for part in PARTS]
        total = sum(best[engine].values())
        print(f"| {engine} | " + " | ".join(values) + f" | {total:.2f} | {peaks[engine]:.0f} |")
    if any(outputs[engine] != outputs[engines[0]] for engine in engines):
        for engine in engines:
            print(f"{engine}: {outputs[engine]}", file=sys.stderr)
        sys.exit("userland.py: the engines' guests print different things")


if __name__ == "__main__":
    main()
