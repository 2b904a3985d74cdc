# ctz: rd = number of zero bits below the lowest one of rs1; 64 if there is none.
# expect: a0=0x40 a1=0x0 a2=0x3f a3=0x1f a4=0x20 a5=0x0 a6=0x8 a7=0x20 s0=0x4 s1=0x3 s2=0x40
# expect: s3=0x0 t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing: the width
  ctz a0, t5
  li t5, 0x1                            # bit 0
  ctz a1, t5
  li t5, 0x8000000000000000             # bit 63
  ctz a2, t5
  li t5, 0x80000000                     # bit 31
  ctz a3, t5
  li t5, 0x100000000                    # bit 32
  ctz a4, t5
  li t5, 0xffffffffffffffff             # all ones
  ctz a5, t5
  li t5, 0xff00000000ff00               # bytes apart
  ctz a6, t5
  li t5, 0xffffffff00000000             # the upper half
  ctz a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  ctz s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  ctz s1, s1
  ctz s2, zero
  ctz zero, t5
  mv s3, zero
  DONE
