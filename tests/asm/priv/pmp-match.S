# PMP address matching from S mode: OFF, NA4, NAPOT of 8 bytes, 4 KiB and 64 KiB, TOR with a lower
# and an upper bound, TOR of entry 0 (from address 0), an empty TOR region. The matching entry
# permits nothing; all else is permitted by entry 15. (Volume II, "Physical Memory Protection")
# expect: off.cause=0x0 off.tval=0x0 off.value=0xdddd0000dddd0000
# expect: na4.before.cause=0x0 na4.before.tval=0x0 na4.before.value=0xffffffffdddd0000
# expect: na4.in.cause=0x5 na4.in.tval=0x80100014 na4.in.value=0x0
# expect: na4.last.cause=0x5 na4.last.tval=0x80100017 na4.last.value=0x0
# expect: na4.after.cause=0x0 na4.after.tval=0x0 na4.after.value=0xffffffffdddd0000
# expect: n8.before.cause=0x0 n8.before.tval=0x0 n8.before.value=0xdddd0000dddd0000
# expect: n8.in.cause=0x5 n8.in.tval=0x80100028 n8.in.value=0x0
# expect: n8.after.cause=0x0 n8.after.tval=0x0 n8.after.value=0xdddd0000dddd0000
# expect: n4k.before.cause=0x0 n4k.before.tval=0x0 n4k.before.value=0x0
# expect: n4k.first.cause=0x5 n4k.first.tval=0x80102000 n4k.first.value=0x0
# expect: n4k.last.cause=0x5 n4k.last.tval=0x80102ff8 n4k.last.value=0x0
# expect: n4k.after.cause=0x0 n4k.after.tval=0x0 n4k.after.value=0x0
# expect: n64k.first.cause=0x5 n64k.first.tval=0x80100000 n64k.first.value=0x0
# expect: n64k.last.cause=0x7 n64k.last.tval=0x8010fff8
# expect: n64k.after.cause=0x0 n64k.after.tval=0x0
# expect: tor.before.cause=0x0 tor.before.tval=0x0 tor.before.value=0xdddd0000dddd0000
# expect: tor.first.cause=0x5 tor.first.tval=0x80100020 tor.first.value=0x0
# expect: tor.last.cause=0x5 tor.last.tval=0x801000bf tor.last.value=0x0
# expect: tor.after.cause=0x0 tor.after.tval=0x0 tor.after.value=0xdddd0000dddd0000
# expect: tor0.cause=0x7 tor0.tval=0x10000007
# expect: tor0.after.cause=0x0 tor0.after.tval=0x0 tor0.after.value=0xdddd0000dddd0000
# expect: empty.cause=0x0 empty.tval=0x0 empty.value=0xdddd0000dddd0000

.include "../common.inc"
.include "../vm.inc"
.include "../pmp.inc"

test:
  PMP_SETUP
  PMP 0, AREA, 0
  PROBE_LOAD off, MODE_S, AREA
  PMP 0, AREA + 0x14, PMP_NA4
  PROBE_LOAD na4.before, MODE_S, AREA + 0x10, lw
  PROBE_LOAD na4.in, MODE_S, AREA + 0x14, lw
  PROBE_LOAD na4.last, MODE_S, AREA + 0x17, lb
  PROBE_LOAD na4.after, MODE_S, AREA + 0x18, lw
  PMP_NAPOT 0, AREA + 0x28, 8, 0
  PROBE_LOAD n8.before, MODE_S, AREA + 0x20
  PROBE_LOAD n8.in, MODE_S, AREA + 0x28
  PROBE_LOAD n8.after, MODE_S, AREA + 0x30
  PMP_NAPOT 0, AREA + 0x2000, 4096, 0
  PROBE_LOAD n4k.before, MODE_S, AREA + 0x1ff8
  PROBE_LOAD n4k.first, MODE_S, AREA + 0x2000
  PROBE_LOAD n4k.last, MODE_S, AREA + 0x2ff8
  PROBE_LOAD n4k.after, MODE_S, AREA + 0x3000
  PMP_NAPOT 0, AREA, 0x10000, 0
  PROBE_LOAD n64k.first, MODE_S, AREA
  PROBE_STORE n64k.last, MODE_S, AREA + 0xfff8
  PROBE_STORE n64k.after, MODE_S, AREA + 0x10000
  PMP 1, AREA + 0x20, 0
  PMP 2, AREA + 0xc0, PMP_TOR
  PMP 0, 0, 0
  PROBE_LOAD tor.before, MODE_S, AREA + 0x18
  PROBE_LOAD tor.first, MODE_S, AREA + 0x20
  PROBE_LOAD tor.last, MODE_S, AREA + 0xbf, lbu
  PROBE_LOAD tor.after, MODE_S, AREA + 0xc0
  PMP 2, 0, 0
  PMP 0, 0x80000000, PMP_TOR
  PROBE_STORE tor0, MODE_S, UART + 7, sb
  PROBE_LOAD tor0.after, MODE_S, AREA
  # The upper bound is not above the lower one: matches nothing.
  PMP 0, AREA + 0x100, 0
  PMP 1, AREA, PMP_TOR
  PROBE_LOAD empty, MODE_S, AREA
  DONE
