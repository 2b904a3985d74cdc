# Without M and Zifencei: not in misa, and illegal.
# cpu: m=off,Zifencei=off
# expect: misa=0x800000000014012d mul.cause=0x2 mul.epc=0x0 mul.tval=0x2a50533 mulw.cause=0x2
# expect: mulw.epc=0x0 mulw.tval=0x2a5053b div.cause=0x2 div.epc=0x0 div.tval=0x2a55533
# expect: remw.cause=0x2 remw.epc=0x0 remw.tval=0x2a5653b fence.i.cause=0x2 fence.i.epc=0x0
# expect: fence.i.tval=0x100f kept=0x6

.include "../common.inc"

.macro ILLEGAL name, insn:vararg
  ON_TRAP 1f
0:
  \insn
  TRAP 1
  OUT_TRAP \name, 0b
.endm

test:
  csrr a0, misa
  OUT misa, a0
  li a0, 6
  ILLEGAL mul, mul a0, a0, a0
  ILLEGAL mulw, mulw a0, a0, a0
  ILLEGAL div, divu a0, a0, a0
  ILLEGAL remw, remw a0, a0, a0
  ILLEGAL fence.i, fence.i
  OUT kept, a0
  fence
  DONE
