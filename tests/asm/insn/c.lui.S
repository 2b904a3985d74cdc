# c.lui: rd = the 6-bit immediate << 12, sign-extended; not x2, never immediate 0.
# expect: a0=0x1000 gp=0x1f000 s11=0xfffffffffffe0000 ra=0xfffffffffffff000 t6=0x10000 a1=0x0

.include "../common.inc"
.option rvc

test:
  c.lui a0, 0x1
  c.lui gp, 0x1f
  c.lui s11, 0xfffe0
  c.lui ra, 0xfffff
  c.lui t6, 0x10
  .2byte 0x6005                         # c.lui zero, 1: a HINT
  mv a1, zero
  DONE
