# ctzw: rd = number of zero bits below the lowest one of rs1[31:0]; 32 if there is none.
# expect: a0=0x20 a1=0x0 a2=0x4 a3=0x1f a4=0x20 a5=0x0 a6=0x8 a7=0x20 s0=0x4 s1=0x3 s2=0x20 s3=0x0
# expect: t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing: the width
  ctzw a0, t5
  li t5, 0x1                            # bit 0
  ctzw a1, t5
  li t5, 0x8000000000000010             # bits 63 and 4
  ctzw a2, t5
  li t5, 0x80000000                     # bit 31
  ctzw a3, t5
  li t5, 0x100000000                    # bit 32
  ctzw a4, t5
  li t5, 0xffffffffffffffff             # all ones
  ctzw a5, t5
  li t5, 0xff00000000ff00               # bytes apart
  ctzw a6, t5
  li t5, 0xffffffff00000000             # the upper half
  ctzw a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  ctzw s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  ctzw s1, s1
  ctzw s2, zero
  ctzw zero, t5
  mv s3, zero
  DONE
