# The entry with the lowest number that matches any byte of an access decides, and it must match all
# of its bytes: otherwise the access fails, whatever the permissions.
# Entry 0 permits 8 bytes at AREA + 0x40 inside the page that entry 1 forbids:
# expect: in0.cause=0x0 in0.tval=0x0 in0.value=0xdddd0000dddd0000
# expect: in1.cause=0x5 in1.tval=0x80100048 in1.value=0x0
# The other way round:
# expect: swapped.in0.cause=0x5 swapped.in0.tval=0x80100040 swapped.in0.value=0x0
# expect: swapped.in1.cause=0x0 swapped.in1.tval=0x0 swapped.in1.value=0xdddd0000dddd0000
# A double word half of which is the four bytes of entry 0, both halves permitted:
# expect: partial.cause=0x5 partial.tval=0x80100080 partial.value=0x0
# expect: partial.store.cause=0x7 partial.store.tval=0x80100080
# expect: low.cause=0x0 low.tval=0x0 low.value=0xffffffffdddd0000
# expect: high.cause=0x0 high.tval=0x0 high.value=0xffffffffdddd0000

.include "../common.inc"
.include "../vm.inc"
.include "../pmp.inc"

test:
  PMP_SETUP
  PMP_NAPOT 0, AREA + 0x40, 8, PMP_R
  PMP_NAPOT 1, AREA, 4096, 0
  PROBE_LOAD in0, MODE_S, AREA + 0x40
  PROBE_LOAD in1, MODE_S, AREA + 0x48
  PMP_NAPOT 0, AREA + 0x40, 8, 0
  PMP_NAPOT 1, AREA, 4096, PMP_R
  PROBE_LOAD swapped.in0, MODE_S, AREA + 0x40
  PROBE_LOAD swapped.in1, MODE_S, AREA + 0x48
  PMP 0, AREA + 0x80, PMP_NA4 | PMP_R | PMP_W
  PMP_NAPOT 1, AREA, 4096, PMP_R | PMP_W
  PROBE_LOAD partial, MODE_S, AREA + 0x80
  PROBE_STORE partial.store, MODE_S, AREA + 0x80
  PROBE_LOAD low, MODE_S, AREA + 0x80, lw
  PROBE_LOAD high, MODE_S, AREA + 0x84, lw
  DONE
