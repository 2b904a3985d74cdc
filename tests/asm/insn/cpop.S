# cpop: rd = number of ones in rs1.
# expect: a0=0x0 a1=0x1 a2=0x1 a3=0x1 a4=0x1 a5=0x40 a6=0x10 a7=0x20 s0=0x20 s1=0x1a s2=0x0 s3=0x0
# expect: t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing: the width
  cpop a0, t5
  li t5, 0x1                            # bit 0
  cpop a1, t5
  li t5, 0x8000000000000000             # bit 63
  cpop a2, t5
  li t5, 0x80000000                     # bit 31
  cpop a3, t5
  li t5, 0x100000000                    # bit 32
  cpop a4, t5
  li t5, 0xffffffffffffffff             # all ones
  cpop a5, t5
  li t5, 0xff00000000ff00               # bytes apart
  cpop a6, t5
  li t5, 0xffffffff00000000             # the upper half
  cpop a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  cpop s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  cpop s1, s1
  cpop s2, zero
  cpop zero, t5
  mv s3, zero
  DONE
