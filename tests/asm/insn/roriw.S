# roriw: rd = sign-extended rs1[31:0] rotated right by shamt.
# expect: a0=0xffffffff80000001 a1=0xffffffffc0000000 a2=0x3 a3=0xffffffffdef09abc
# expect: a4=0xfffffffff0000000 a5=0xffffffffabcdef09 a6=0x2 a7=0xffffffffffffffff
# expect: s0=0xffffffff8acf0246 s1=0x0 s2=0x0 t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x8000000080000001             # by zero
  roriw a0, t5, 0
  li t5, 0x8000000080000001             # by one
  roriw a1, t5, 1
  li t5, 0x80000001                     # by 31
  roriw a2, t5, 31
  li t5, 0x123456789abcdef0             # by 16
  roriw a3, t5, 16
  li t5, 0xf00000000000000f             # by four
  roriw a4, t5, 4
  li t5, 0x123456789abcdef0             # by 28
  roriw a5, t5, 28
  li t5, 0x80000000                     # bit 31
  roriw a6, t5, 30
  li t5, 0x7fffffffffffffff             # by 15
  roriw a7, t5, 15
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s0, t5
  roriw s0, s0, 19
  roriw s1, zero, 19
  roriw zero, t5, 19
  mv s2, zero
  DONE
