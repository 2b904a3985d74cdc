# zext.h: rd = zero-extended rs1[15:0].
# expect: a0=0x0 a1=0x7f a2=0x80 a3=0x7fff a4=0x8000 a5=0x0 a6=0xff00 a7=0xffff s0=0xdef0
# expect: s1=0x5678 s2=0x0 s3=0x0 t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing
  zext.h a0, t5
  li t5, 0x7f                           # 0x7f
  zext.h a1, t5
  li t5, 0x80                           # 0x80
  zext.h a2, t5
  li t5, 0x7fff                         # 0x7fff
  zext.h a3, t5
  li t5, 0x8000                         # 0x8000
  zext.h a4, t5
  li t5, 0xffffffffffff0000             # only upper bits
  zext.h a5, t5
  li t5, 0xffffffffffffff00             # only upper bytes
  zext.h a6, t5
  li t5, 0xffffffffffffffff             # all ones
  zext.h a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  zext.h s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  zext.h s1, s1
  zext.h s2, zero
  zext.h zero, t5
  mv s3, zero
  DONE
