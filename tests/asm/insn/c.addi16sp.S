# c.addi16sp: sp = sp + the sign-extended immediate, a multiple of 16.
# expect: a0=0x100001010 a1=0x100000ff0 a2=0x1000011f0 a3=0x100000e00 a4=0x100001020 a5=0x100001040
# expect: a6=0x100001080 a7=0x100001100

.include "../common.inc"
.option rvc

test:
  li sp, 0x100001000
  c.addi16sp sp, 16
  mv a0, sp
  li sp, 0x100001000
  c.addi16sp sp, -16
  mv a1, sp
  li sp, 0x100001000
  c.addi16sp sp, 496
  mv a2, sp
  li sp, 0x100001000
  c.addi16sp sp, -512
  mv a3, sp
  li sp, 0x100001000
  c.addi16sp sp, 32
  mv a4, sp
  li sp, 0x100001000
  c.addi16sp sp, 64
  mv a5, sp
  li sp, 0x100001000
  c.addi16sp sp, 128
  mv a6, sp
  li sp, 0x100001000
  c.addi16sp sp, 256
  mv a7, sp
  DONE
