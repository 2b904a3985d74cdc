# rev8: rd = rs1 with its bytes in reverse order.
# expect: a0=0x0 a1=0x100000000000000 a2=0x80 a3=0x807060504030201 a4=0xff000000000000
# expect: a5=0xf0debc9a78563412 a6=0xffffffffffffffff a7=0xffffffff s0=0x8000000000000000
# expect: s1=0x7856341221436587 s2=0x0 s3=0x0 t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing
  rev8 a0, t5
  li t5, 0x1                            # bit 0
  rev8 a1, t5
  li t5, 0x8000000000000000             # bit 63
  rev8 a2, t5
  li t5, 0x102030405060708              # counting bytes
  rev8 a3, t5
  li t5, 0xff00                         # byte 1
  rev8 a4, t5
  li t5, 0x123456789abcdef0             # mixed bytes
  rev8 a5, t5
  li t5, 0xffffffffffffffff             # all ones
  rev8 a6, t5
  li t5, 0xffffffff00000000             # the upper half
  rev8 a7, t5
  li t5, 0x80                           # bit 7
  rev8 s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  rev8 s1, s1
  rev8 s2, zero
  rev8 zero, t5
  mv s3, zero
  DONE
