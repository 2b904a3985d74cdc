# Misaligned addresses. Plain loads and stores are done in one go, also across a page (insn/l*.S,
# insn/s*.S); lr and AMOs raise cause 4 with the address in mtval, rd and memory unchanged. (The
# manual has 6 for AMOs; on QEMU with one hart an AMO is a load and then a store.) sc without a
# reservation at its address fails without a trap, as in QEMU.
# expect: lr.w.cause=0x4 lr.w.epc=0x0 lr.w.tval=0x2
# expect: lr.d.cause=0x4 lr.d.epc=0x0 lr.d.tval=0x4
# expect: amo.w.cause=0x4 amo.w.epc=0x0 amo.w.tval=0x1
# expect: amo.d.cause=0x4 amo.d.epc=0x0 amo.d.tval=0x4
# expect: sc.result=0x1
# expect: a0=0x2a memory=0x1122334455667788

.include "../common.inc"

.macro OUT_AT name
  csrr t5, mcause
  OUT \name\().cause, t5
  csrr t5, mepc
  la t6, 0b
  sub t5, t5, t6
  OUT \name\().epc, t5
  csrr t5, mtval
  sub t5, t5, s0
  OUT \name\().tval, t5
.endm

test:
  la s0, cell
  li a0, 42
  li a1, 7
  ON_TRAP 1f
  addi s1, s0, 2
0:
  lr.w a0, (s1)
  TRAP 1
  OUT_AT lr.w
  ON_TRAP 1f
  addi s1, s0, 4
0:
  lr.d a0, (s1)
  TRAP 1
  OUT_AT lr.d
  ON_TRAP 1f
  addi s1, s0, 1
0:
  amoadd.w a0, a1, (s1)
  TRAP 1
  OUT_AT amo.w
  ON_TRAP 1f
  addi s1, s0, 4
0:
  amoswap.d a0, a1, (s1)
  TRAP 1
  OUT_AT amo.d
  ON_TRAP 1f
  addi s1, s0, 2
  sc.w t0, a1, (s1)
  TRAP 1
  OUT sc.result, t0
  ld t0, 0(s0)
  OUT memory, t0
  DONE

.section .data
.balign 16
cell:
  .dword 0x1122334455667788, 0
