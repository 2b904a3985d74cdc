# With entries, none of which matches, U and S mode fail and M mode succeeds. pmpaddr keeps all 64
# bits, as on QEMU (the manual has 54); the odd pmpcfg registers do not exist on RV64.
# expect: s.cause=0x5 s.tval=0x80100000 s.value=0x0
# expect: u.cause=0x7 u.tval=0x80100000
# expect: m.cause=0x0 m.tval=0x0 m.value=0xdddd0000dddd0000
# expect: ones=0xffffffffffffffff
# expect: odd.cause=0x2 odd.epc=0x0 odd.tval=0x3a102573

.include "../common.inc"
.include "../vm.inc"
.include "../pmp.inc"

test:
  PMP_SETUP
  PMP_NAPOT 0, AREA + 0x1000, 4096, PMP_R
  csrw pmpcfg2, zero
  PROBE_LOAD s, MODE_S, AREA
  PROBE_STORE u, MODE_U, AREA
  PROBE_LOAD m, MODE_M, AREA
  li t0, -1
  csrw pmpaddr5, t0
  csrr t0, pmpaddr5
  OUT ones, t0
  ON_TRAP 1f
0:
  .4byte 0x3a102573                     # csrr a0, pmpcfg1
  TRAP 1
  OUT_TRAP odd, 0b
  DONE
