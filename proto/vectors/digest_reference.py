#!/usr/bin/env python3
"""Reference implementation of the state digests of lockstep.v1, and its test vectors.

Written from docs/design/digests.md alone, in arbitrary-precision integers, so that it shares no code
and no idiom with plugins/sdk/lockstep_digest.h.

    digest_reference.py             prints the vectors
    digest_reference.py --check F   exits with status 1 if F does not hold them
"""

import json
import sys

SIZE = 1 << 64
SEED = int.from_bytes(b"lockstep", "big")
MEM_P = 0x9E3779B97F4A7C15


def splitmix64(n):
    """Output number n, from 0, of the generator splitmix64 started at SEED."""
    z = (SEED + (n + 1) * 0x9E3779B97F4A7C15) % SIZE
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % SIZE
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % SIZE
    return z ^ (z >> 31)


def a(element):
    return splitmix64(2 * element)


def b(element):
    return splitmix64(2 * element + 1) | 1


def mum(x, y):
    high, low = divmod(x * y, SIZE)
    return high ^ low


def term(element, value):
    return mum(value ^ a(element), b(element))


def mem_size(size_bytes):
    return splitmix64((1 << 32) + size_bytes) >> 33


def mem_term(paddr, value, size_bytes):
    x = (paddr + MEM_P) % SIZE
    return mum(x, (8 * x + value + mem_size(size_bytes)) % SIZE)


def group(values, ignored=None):
    """Digest of a group: dicts from element number to value, and to the bits that are ignored."""
    ignored = ignored or {}
    return sum(term(element, value - (value & ignored.get(element, 0)))
               for element, value in values.items()) % SIZE


def mem(stores, ranges=()):
    """Digest of stores (paddr, value, size) with (base, size) ranges whose bytes are ignored."""
    total = 0
    for paddr, value, size_bytes in stores:
        kept = [not any(base <= paddr + i < base + size for base, size in ranges)
                for i in range(size_bytes)]
        if any(kept):
            octets = value.to_bytes(size_bytes, "little")
            octets = bytes(octet if keep else 0 for octet, keep in zip(octets, kept))
            total += mem_term(paddr, int.from_bytes(octets, "little"), size_bytes)
    return total % SIZE


def fnv1a(data):
    """Digest of console output; 0 when there was none."""
    if not data:
        return 0
    state = 0xCBF29CE484222325
    for byte in data:
        state = (state ^ byte) * 0x100000001B3 % SIZE
    return state


def hexadecimal(value):
    return f"0x{value:016x}"


def vectors():
    edges = [0, 1, 2, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, SIZE - 1, 0x0123456789ABCDEF]
    elements = list(range(66)) + [128 + csr for csr in (0x300, 0x304, 0x341, 0x180, 0x3A0, 0x3B0)]
    stores = [(0x80000000, 0, 1), (0x80000000, 0xFF, 1), (0x80000001, 0xFF, 1),
              (0x80000000, 0xFF, 2), (0x80001FFE, 0xBEEF, 2), (0x80002000, 0xDEADBEEF, 4),
              (0x80002000, 0xDEADBEEF, 8), (SIZE - 8, SIZE - 1, 8), (0, 0, 8),
              # Those of pages that a store crosses into.
              (0x80003FFD, 0xADBEEF, 3), (0x80003000, 0x0123456789, 5),
              (0x80003000, 0x0123456789AB, 6), (0x80003000, 0x0123456789ABCD, 7),
              # A factor is 0, or wraps around it.
              (SIZE - MEM_P, 1, 8),
              (0x80000000, (-8 * (0x80000000 + MEM_P) - mem_size(8)) % SIZE, 8),
              (0x80000000, (1 - 8 * (0x80000000 + MEM_P) - mem_size(8)) % SIZE, 8),
              (0x80000000, 0xFFFFFFFF, 4)]
    files = {
        "gpr: all zero": {i: 0 for i in range(1, 32)},
        "gpr: x[i] = i": {i: i for i in range(1, 32)},
        "gpr: two registers swapped": {i: {5: 6, 6: 5}.get(i, i) for i in range(1, 32)},
        "gpr: all ones": {i: SIZE - 1 for i in range(1, 32)},
        "fpr: NaN-boxed ones, fcsr 0xe3": {**{32 + i: 0xFFFFFFFF3F800000 for i in range(32)},
                                           64: 0xE3},
        "csr: mode M, mstatus, mepc, satp": {65: 3, 128 + 0x300: 0xA00000000,
                                             128 + 0x341: 0x80000000, 128 + 0x180: 0x8 << 60},
    }
    masked = {65: 3, 128 + 0x300: 0xA00000188, 128 + 0x341: 0x80000000, 128 + 0x344: 0xA0}
    ignored = {
        "nothing": {},
        "mip.MTIP": {128 + 0x344: 0x80},
        "all of mip": {128 + 0x344: SIZE - 1},
        "privilege, mstatus.MPIE, a register that is not there": {65: 3, 128 + 0x300: 0x80,
                                                                  128 + 0x180: 1},
    }
    ranges = [(0x80000001, 1), (0x80001000, 0x1000), (SIZE - 4, 4)]
    ranged = stores + [(0x80000FFC, 0x1122334455667788, 8), (0x80001FFC, 0x1122334455667788, 8),
                       (0x80001FF8, 1, 8), (0x80000000, 0x11223344, 4)]
    return {
        "seed": hexadecimal(SEED),
        "tables": [{"element": e, "a": hexadecimal(a(e)), "b": hexadecimal(b(e))}
                   for e in elements],
        "mum": [{"x": hexadecimal(x), "y": hexadecimal(y), "mum": hexadecimal(mum(x, y))}
                for x in edges for y in edges],
        "term": [{"element": e, "value": hexadecimal(v), "term": hexadecimal(term(e, v))}
                 for e in (1, 31, 32, 64, 65, 128 + 0x300) for v in edges],
        "mem_size": [{"size_bytes": s, "addend": hexadecimal(mem_size(s))} for s in range(1, 9)],
        "mem_term": [{"paddr": hexadecimal(p), "value": hexadecimal(v), "size_bytes": s,
                      "term": hexadecimal(mem_term(p, v, s))} for p, v, s in stores],
        "mem": {"stores": len(stores), "digest": hexadecimal(mem(stores))},
        "masked": [{"name": name,
                    "values": [{"element": e, "value": hexadecimal(v),
                                "ignored": hexadecimal(bits.get(e, 0))}
                               for e, v in masked.items()],
                    "digest": hexadecimal(group(masked, bits))}
                   for name, bits in ignored.items()],
        "volatile": {"ranges": [{"base": hexadecimal(base), "bytes": hexadecimal(size)}
                                for base, size in ranges],
                     "stores": [{"paddr": hexadecimal(p), "value": hexadecimal(v),
                                 "size_bytes": s, "adds": hexadecimal(mem([(p, v, s)], ranges))}
                                for p, v, s in ranged],
                     "digest": hexadecimal(mem(ranged, ranges))},
        "register_files": [{"name": name,
                            "values": [{"element": e, "value": hexadecimal(v)}
                                       for e, v in values.items()],
                            "digest": hexadecimal(group(values))}
                           for name, values in files.items()],
        "console": [{"bytes_hex": data.hex(), "digest": hexadecimal(fnv1a(data))}
                    for data in (b"", b"a", b"OpenSBI v1.1\r\n", bytes(range(256)))],
    }


def main(arguments):
    text = json.dumps(vectors(), indent=1) + "\n"
    if not arguments:
        sys.stdout.write(text)
        return 0
    if len(arguments) != 2 or arguments[0] != "--check":
        sys.stderr.write(__doc__)
        return 2
    with open(arguments[1], encoding="utf-8") as file:
        if file.read() == text:
            return 0
    sys.stderr.write(f"{arguments[1]} does not hold the reference's vectors; to renew it:\n"
                     "  proto/vectors/digest_reference.py > proto/vectors/digest.json\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
