# clzw: rd = number of zero bits above the highest one of rs1[31:0]; 32 if there is none.
# expect: a0=0x20 a1=0x1f a2=0x20 a3=0x0 a4=0x20 a5=0x0 a6=0x10 a7=0x20 s0=0x0 s1=0x3 s2=0x20
# expect: s3=0x0 t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing: the width
  clzw a0, t5
  li t5, 0x1                            # bit 0
  clzw a1, t5
  li t5, 0x8000000000000000             # bit 63
  clzw a2, t5
  li t5, 0x80000000                     # bit 31
  clzw a3, t5
  li t5, 0x100000000                    # bit 32
  clzw a4, t5
  li t5, 0xffffffffffffffff             # all ones
  clzw a5, t5
  li t5, 0xff00000000ff00               # bytes apart
  clzw a6, t5
  li t5, 0xffffffff00000000             # the upper half
  clzw a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  clzw s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  clzw s1, s1
  clzw s2, zero
  clzw zero, t5
  mv s3, zero
  DONE
