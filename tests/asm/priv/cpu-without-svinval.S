# Without Svinval its instructions are illegal, and the others of the family are not.
# expect: sinval.cause=0x2 sinval.epc=0x0 sinval.tval=0x16000073 w.cause=0x2 w.epc=0x0
# expect: w.tval=0x18000073 ir.cause=0x2 ir.epc=0x0 ir.tval=0x18100073 fence=0x1
# expect: stimecmp.cause=0x2 stimecmp.epc=0x0 stimecmp.tval=0x14d02573

.include "../common.inc"

.macro ILLEGAL name, insn:vararg
  ON_TRAP 1f
0:
  \insn
  TRAP 1
  OUT_TRAP \name, 0b
.endm

test:
  .option push
  .option arch, +svinval
  ILLEGAL sinval, sinval.vma zero, zero
  ILLEGAL w, sfence.w.inval
  ILLEGAL ir, sfence.inval.ir
  .option pop
  sfence.vma
  li a0, 1
  OUT fence, a0
  # Nor is there an stimecmp without Sstc.
  ILLEGAL stimecmp, csrr a0, 0x14d
  DONE
