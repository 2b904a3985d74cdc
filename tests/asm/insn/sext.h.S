# sext.h: rd = sign-extended rs1[15:0].
# expect: a0=0x0 a1=0x7f a2=0x80 a3=0x7fff a4=0xffffffffffff8000 a5=0x0 a6=0xffffffffffffff00
# expect: a7=0xffffffffffffffff s0=0xffffffffffffdef0 s1=0x5678 s2=0x0 s3=0x0
# expect: t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing
  sext.h a0, t5
  li t5, 0x7f                           # 0x7f
  sext.h a1, t5
  li t5, 0x80                           # 0x80
  sext.h a2, t5
  li t5, 0x7fff                         # 0x7fff
  sext.h a3, t5
  li t5, 0x8000                         # 0x8000
  sext.h a4, t5
  li t5, 0xffffffffffff0000             # only upper bits
  sext.h a5, t5
  li t5, 0xffffffffffffff00             # only upper bytes
  sext.h a6, t5
  li t5, 0xffffffffffffffff             # all ones
  sext.h a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  sext.h s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  sext.h s1, s1
  sext.h s2, zero
  sext.h zero, t5
  mv s3, zero
  DONE
