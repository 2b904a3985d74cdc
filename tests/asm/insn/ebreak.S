# ebreak: a breakpoint exception, cause 3 in every mode; mepc at the ebreak itself. mtval is 0, as
# in QEMU (the manual allows 0 or the address).
# expect: m.cause=0x3 m.epc=0x0 m.tval=0x0
# expect: s.cause=0x3 s.epc=0x0 s.tval=0x0
# expect: u.cause=0x3 u.epc=0x0 u.tval=0x0
# expect: a0=0x1

.include "../common.inc"

test:
  li a0, 1
  li t0, -1
  ON_TRAP 1f
  csrw mtval, t0
0:
  ebreak
  li a0, 100
  TRAP 1
  OUT_TRAP m, 0b
  ON_TRAP 1f
  ENTER_S
0:
  ebreak
  li a0, 100
  TRAP 1
  OUT_TRAP s, 0b
  ON_TRAP 1f
  ENTER_U
0:
  ebreak
  li a0, 100
  TRAP 1
  OUT_TRAP u, 0b
  DONE
