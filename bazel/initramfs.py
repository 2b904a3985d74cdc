#!/usr/bin/env python3
"""Writes an initramfs: busybox, an /init, and other files. The same input gives the same bytes.

usage: initramfs.py OUT.gz BUSYBOX [--init FILE] [--add HOST_FILE=/GUEST/PATH ...]

Without --init the guest tells of itself, counts, hashes, and powers off. A file is executable in
the guest if it is on the host; directories are made as needed. Modules that end in .xz are stored
unpacked, without that ending. The archive is cpio's "newc", as Linux describes it in
Documentation/driver-api/early-userspace/buffer-format.rst; it holds the node /dev/console, which
needs no privilege to write down.
"""

import argparse
import gzip
import lzma
import os
import stat
import sys

DEFAULT_INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox cat /proc/cpuinfo
/bin/busybox uname -a
i=0; while [ $i -lt 200 ]; do i=$((i+1)); done; echo $i
/bin/busybox sha256sum /bin/busybox
/bin/busybox poweroff -f
"""


class Archive:
    """Members of a newc archive, in the order they were added."""

    def __init__(self):
        self._parts = []
        self._seen = set()

    def _member(self, name, mode, data=b"", device=(0, 0)):
        name_bytes = name.encode() + b"\0"
        fields = [len(self._seen), mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name_bytes), 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name_bytes
        self._parts += [head, bytes(-len(head) % 4), data, bytes(-len(data) % 4)]

    def directory(self, path):
        path = path.strip("/")
        if not path or path in self._seen:
            return
        self.directory(os.path.dirname(path))
        self._seen.add(path)
        self._member(path, stat.S_IFDIR | 0o755)

    def file(self, path, data, executable):
        path = path.strip("/")
        self.directory(os.path.dirname(path))
        self._seen.add(path)
        self._member(path, stat.S_IFREG | (0o755 if executable else 0o644), data)

    def console(self):
        self.directory("dev")
        self._seen.add("dev/console")
        self._member("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))

    def bytes(self):
        tail = Archive()
        tail._member("TRAILER!!!", 0)
        return b"".join(self._parts + tail._parts)


def add_host_file(archive, path, guest_path):
    with open(path, "rb") as f:
        data = f.read()
    if path.endswith(".ko.xz"):
        data = lzma.decompress(data)
        guest_path = guest_path.removesuffix(".xz")
    archive.file(guest_path, data, os.access(path, os.X_OK))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("out")
    parser.add_argument("busybox")
    parser.add_argument("--init", help="a script for /bin/busybox sh")
    parser.add_argument("--add", action="append", default=[], metavar="HOST_FILE=/GUEST/PATH")
    args = parser.parse_args()
    archive = Archive()
    for directory in ("proc", "sys", "bin", "tmp"):
        archive.directory(directory)
    archive.console()
    try:
        add_host_file(archive, args.busybox, "bin/busybox")
        init = DEFAULT_INIT.encode()
        if args.init:
            with open(args.init, "rb") as f:
                init = f.read()
        archive.file("init", init, executable=True)
        for word in args.add:
            host, equals, guest = word.partition("=")
            if not equals or not guest.strip("/"):
                parser.error(f"--add: '{word}' is not HOST_FILE=/GUEST/PATH")
            add_host_file(archive, host, guest)
        with open(args.out, "wb") as f:
            f.write(gzip.compress(archive.bytes(), compresslevel=9, mtime=0))
    except OSError as error:
        sys.exit(f"initramfs.py: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
