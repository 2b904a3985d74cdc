# orc.b: each byte of rd is 0xff where that of rs1 is not zero, else zero.
# expect: a0=0x0 a1=0xff a2=0xff00000000000000 a3=0xffffffffffffffff a4=0xff00ff00ff00ff
# expect: a5=0xff000000ff000000 a6=0xffffffffffffffff a7=0xff00 s0=0xffffff00ffff00ff
# expect: s1=0xffffffffffffffff s2=0x0 s3=0x0 t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing
  orc.b a0, t5
  li t5, 0x1                            # bit 0
  orc.b a1, t5
  li t5, 0x8000000000000000             # bit 63
  orc.b a2, t5
  li t5, 0x102040810204080              # one bit in each byte
  orc.b a3, t5
  li t5, 0xff00ff00ff00ff               # every other byte
  orc.b a4, t5
  li t5, 0x8000000001000000             # two bytes
  orc.b a5, t5
  li t5, 0xffffffffffffffff             # all ones
  orc.b a6, t5
  li t5, 0x100                          # byte 1
  orc.b a7, t5
  li t5, 0x123456009abc00f0             # mixed bytes
  orc.b s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  orc.b s1, s1
  orc.b s2, zero
  orc.b zero, t5
  mv s3, zero
  DONE
