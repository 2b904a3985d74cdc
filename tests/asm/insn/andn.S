# andn: rd = rs1 & ~rs2.
# expect: a0=0x0 a1=0x0 a2=0xffffffffffffffff a3=0x0 a4=0x34007800bc00f0 a5=0xaaaaaaaaaaaaaaaa
# expect: a6=0x8000000000000000 a7=0xffff000000000000 s0=0x8765432112345668 s1=0x8765432112345668
# expect: s2=0x0 s3=0x8765432112345678 s4=0x0 s5=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing
  li t6, 0x0
  andn a0, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  andn a1, t5, t6
  li t5, 0xffffffffffffffff             # ones and nothing
  li t6, 0x0
  andn a2, t5, t6
  li t5, 0x0                            # nothing and ones
  li t6, 0xffffffffffffffff
  andn a3, t5, t6
  li t5, 0x123456789abcdef0             # every other byte
  li t6, 0xff00ff00ff00ff00
  andn a4, t5, t6
  li t5, 0xaaaaaaaaaaaaaaaa             # bits in turn
  li t6, 0x5555555555555555
  andn a5, t5, t6
  li t5, 0x8000000000000000             # the sign
  li t6, 0x7fffffffffffffff
  andn a6, t5, t6
  li t5, 0xffffffff00000000             # halves
  li t6, 0xffff0000ffff
  andn a7, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s0, t5
  andn s0, s0, t6
  mv s1, t6
  andn s1, t5, s1
  mv s2, t5
  andn s2, s2, s2
  andn s3, t5, zero
  andn s4, zero, t6
  andn zero, t5, t6
  mv s5, zero
  DONE
