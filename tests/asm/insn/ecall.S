# ecall: an environment call, cause 11 from M mode, 9 from S mode, 8 from U mode; mepc at the ecall
# itself, mtval 0; no register changes.
# expect: m.cause=0xb m.epc=0x0 m.tval=0x0
# expect: s.cause=0x9 s.epc=0x0 s.tval=0x0
# expect: u.cause=0x8 u.epc=0x0 u.tval=0x0
# expect: a0=0x1 a7=0x2

.include "../common.inc"

test:
  li a0, 1
  li a7, 2
  ON_TRAP 1f
0:
  ecall
  li a0, 100
  TRAP 1
  OUT_TRAP m, 0b
  ON_TRAP 1f
  ENTER_S
0:
  ecall
  li a0, 100
  TRAP 1
  OUT_TRAP s, 0b
  ON_TRAP 1f
  ENTER_U
0:
  ecall
  li a0, 100
  TRAP 1
  OUT_TRAP u, 0b
  DONE
