# fmv.x.w: rd = the low 32 bits of rs1, sign-extended; NaN boxing plays no part, no exceptions.
# expect: a0=0x3f800000 a1=0xffffffffbf800000 a2=0x12345678 a3=0xffffffff87654321 a4=0x7f800001
# expect: x0=0x0 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000           # boxed
  fmv.x.w a0, ft10
  OPERANDS 0xffffffffbf800000           # sign bit: extended
  fmv.x.w a1, ft10
  OPERANDS 0x12345678                   # not boxed: moved all the same
  fmv.x.w a2, ft10
  OPERANDS 0x1234567887654321           # not boxed, bit 31
  fmv.x.w a3, ft10
  OPERANDS 0xffffffff7f800001           # signalling NaN: bits unchanged
  fmv.x.w a4, ft10
  fmv.x.w zero, ft10
  OUT x0, zero
  DONE
