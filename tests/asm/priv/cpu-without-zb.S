# Bit manipulation that is switched off is illegal, one instruction of each extension.
# cpu: zba=off,zbb=off,zbc=off,zbs=off
# expect: zba.cause=0x2 zba.epc=0x0 zba.tval=0x20a52533 zba.w.cause=0x2 zba.w.epc=0x0
# expect: zba.w.tval=0x815151b zbb.cause=0x2 zbb.epc=0x0 zbb.tval=0x40a57533 zbb.unary.cause=0x2
# expect: zbb.unary.epc=0x0 zbb.unary.tval=0x6005151b zbb.word.cause=0x2 zbb.word.epc=0x0
# expect: zbb.word.tval=0x805453b zbc.cause=0x2 zbc.epc=0x0 zbc.tval=0xaa51533 zbs.cause=0x2
# expect: zbs.epc=0x0 zbs.tval=0x2bf51513

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
  .option arch, +zba, +zbb, +zbc, +zbs
  ILLEGAL zba, sh1add a0, a0, a0
  ILLEGAL zba.w, slli.uw a0, a0, 1
  ILLEGAL zbb, andn a0, a0, a0
  ILLEGAL zbb.unary, clzw a0, a0
  ILLEGAL zbb.word, zext.h a0, a0
  ILLEGAL zbc, clmul a0, a0, a0
  ILLEGAL zbs, bseti a0, a0, 63
  .option pop
  DONE
