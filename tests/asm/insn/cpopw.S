# cpopw: rd = number of ones in rs1[31:0].
# expect: a0=0x0 a1=0x1 a2=0x0 a3=0x1 a4=0x0 a5=0x20 a6=0x8 a7=0x0 s0=0x13 s1=0xd s2=0x0 s3=0x0
# expect: t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing: the width
  cpopw a0, t5
  li t5, 0x1                            # bit 0
  cpopw a1, t5
  li t5, 0x8000000000000000             # bit 63
  cpopw a2, t5
  li t5, 0x80000000                     # bit 31
  cpopw a3, t5
  li t5, 0x100000000                    # bit 32
  cpopw a4, t5
  li t5, 0xffffffffffffffff             # all ones
  cpopw a5, t5
  li t5, 0xff00000000ff00               # bytes apart
  cpopw a6, t5
  li t5, 0xffffffff00000000             # the upper half
  cpopw a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  cpopw s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  cpopw s1, s1
  cpopw s2, zero
  cpopw zero, t5
  mv s3, zero
  DONE
