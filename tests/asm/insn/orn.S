# orn: rd = rs1 | ~rs2.
# expect: a0=0xffffffffffffffff a1=0xffffffffffffffff a2=0xffffffffffffffff a3=0x0
# expect: a4=0x12ff56ff9affdeff a5=0xaaaaaaaaaaaaaaaa a6=0x8000000000000000 a7=0xffffffffffff0000
# expect: s0=0xfffffffffffffffc s1=0xfffffffffffffffc s2=0xffffffffffffffff s3=0xffffffffffffffff
# expect: s4=0xffffffffffffffec s5=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing
  li t6, 0x0
  orn a0, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  orn a1, t5, t6
  li t5, 0xffffffffffffffff             # ones and nothing
  li t6, 0x0
  orn a2, t5, t6
  li t5, 0x0                            # nothing and ones
  li t6, 0xffffffffffffffff
  orn a3, t5, t6
  li t5, 0x123456789abcdef0             # every other byte
  li t6, 0xff00ff00ff00ff00
  orn a4, t5, t6
  li t5, 0xaaaaaaaaaaaaaaaa             # bits in turn
  li t6, 0x5555555555555555
  orn a5, t5, t6
  li t5, 0x8000000000000000             # the sign
  li t6, 0x7fffffffffffffff
  orn a6, t5, t6
  li t5, 0xffffffff00000000             # halves
  li t6, 0xffff0000ffff
  orn a7, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s0, t5
  orn s0, s0, t6
  mv s1, t6
  orn s1, t5, s1
  mv s2, t5
  orn s2, s2, s2
  orn s3, t5, zero
  orn s4, zero, t6
  orn zero, t5, t6
  mv s5, zero
  DONE
