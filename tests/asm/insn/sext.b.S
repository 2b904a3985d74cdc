# sext.b: rd = sign-extended rs1[7:0].
# expect: a0=0x0 a1=0x7f a2=0xffffffffffffff80 a3=0xffffffffffffffff a4=0x0 a5=0x0 a6=0x0
# expect: a7=0xffffffffffffffff s0=0xfffffffffffffff0 s1=0x78 s2=0x0 s3=0x0 t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # nothing
  sext.b a0, t5
  li t5, 0x7f                           # 0x7f
  sext.b a1, t5
  li t5, 0x80                           # 0x80
  sext.b a2, t5
  li t5, 0x7fff                         # 0x7fff
  sext.b a3, t5
  li t5, 0x8000                         # 0x8000
  sext.b a4, t5
  li t5, 0xffffffffffff0000             # only upper bits
  sext.b a5, t5
  li t5, 0xffffffffffffff00             # only upper bytes
  sext.b a6, t5
  li t5, 0xffffffffffffffff             # all ones
  sext.b a7, t5
  li t5, 0x123456789abcdef0             # mixed bits
  sext.b s0, t5
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s1, t5
  sext.b s1, s1
  sext.b s2, zero
  sext.b zero, t5
  mv s3, zero
  DONE
