# clz: rd = number of zero bits above the highest one of rs1; 64 if there is none.
# expect: a0=0x40 a1=0x3f a2=0x0 a3=0x20 a4=0x1f a5=0x0 a6=0x8 a7=0x0 s0=0x3 s1=0x0 s2=0x40 s3=0x0
# expect: t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing: the width
  clz a0, t5
  li t5, 0x1                            # bit 0
  clz a1, t5
  li t5, 0x8000000000000000             # bit 63
  clz a2, t5
  li t5, 0x80000000                     # bit 31
  clz a3, t5
  li t5, 0x100000000                    # bit 32
  clz a4, t5
  li t5, 0xffffffffffffffff             # all ones
  clz a5, t5
  li t5, 0xff00000000ff00               # bytes apart
  clz a6, t5
  li t5, 0xffffffff00000000             # the upper half
  clz a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  clz s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  clz s1, s1
  clz s2, zero
  clz zero, t5
  mv s3, zero
  DONE
