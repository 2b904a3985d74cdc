# xnor: rd = ~(rs1 ^ rs2).
# expect: a0=0xffffffffffffffff a1=0xffffffffffffffff a2=0x0 a3=0x0 a4=0x12cb56879a43de0f a5=0x0
# expect: a6=0x0 a7=0xffffffff0000 s0=0x789abcdeedcba994 s1=0x789abcdeedcba994
# expect: s2=0xffffffffffffffff s3=0x789abcdeedcba987 s4=0xffffffffffffffec s5=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing
  li t6, 0x0
  xnor a0, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  xnor a1, t5, t6
  li t5, 0xffffffffffffffff             # ones and nothing
  li t6, 0x0
  xnor a2, t5, t6
  li t5, 0x0                            # nothing and ones
  li t6, 0xffffffffffffffff
  xnor a3, t5, t6
  li t5, 0x123456789abcdef0             # every other byte
  li t6, 0xff00ff00ff00ff00
  xnor a4, t5, t6
  li t5, 0xaaaaaaaaaaaaaaaa             # bits in turn
  li t6, 0x5555555555555555
  xnor a5, t5, t6
  li t5, 0x8000000000000000             # the sign
  li t6, 0x7fffffffffffffff
  xnor a6, t5, t6
  li t5, 0xffffffff00000000             # halves
  li t6, 0xffff0000ffff
  xnor a7, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s0, t5
  xnor s0, s0, t6
  mv s1, t6
  xnor s1, t5, s1
  mv s2, t5
  xnor s2, s2, s2
  xnor s3, t5, zero
  xnor s4, zero, t6
  xnor zero, t5, t6
  mv s5, zero
  DONE
