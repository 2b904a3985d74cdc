# c.ebreak: a breakpoint exception: cause 3, mepc at the instruction (a2 is the distance), mtval
# 0 as in QEMU.
# expect: a0=0x0 a1=0x3 a2=0x0 a3=0x0

.include "../common.inc"
.option rvc

test:
  li t0, -1
  ON_TRAP 1f
  csrw mtval, t0
0:
  c.ebreak
  li a0, 1
  TRAP 1
  csrr a1, mcause
  csrr a2, mepc
  csrr a3, mtval
  la t5, 0b
  sub a2, a2, t5
  DONE
