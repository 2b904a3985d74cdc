# addiw: rd = the low 32 bits of rs1 + immediate, sign-extended. (RV64I)
# expect: a0=0x0 a1=0xffffffffffffffff a2=0x800 a3=0xfffffffffffff800 a4=0x0 a5=0xffffffffffffffff
# expect: a6=0x0 a7=0xffffffff80000000 s0=0x0 s1=0xffffffff9abce445 s2=0xfffffffffffff000
# expect: s3=0xffffffff8234568b s4=0x13 s5=0x0 t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x0
  addiw a0, t5, 0
  li t5, 0x0                            # minus one is sign-extended
  addiw a1, t5, -1
  li t5, 0x1                            # largest immediate
  addiw a2, t5, 2047
  li t5, 0x0                            # most negative immediate
  addiw a3, t5, -2048
  li t5, 0x7fffffffffffffff             # largest positive operand
  addiw a4, t5, 1
  li t5, 0x8000000000000000             # most negative operand
  addiw a5, t5, -1
  li t5, 0xffffffffffffffff             # all ones
  addiw a6, t5, 1
  li t5, 0x7fffffff                     # largest positive word
  addiw a7, t5, 1
  li t5, 0xffffffff                     # zero-extended word
  addiw s0, t5, 1
  li t5, 0x123456789abcdef0             # mixed bits
  addiw s1, t5, 1365
  li t5, 0xfffffffffffff800             # equal operands
  addiw s2, t5, -2048
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s3, t5
  addiw s3, s3, 19
  addiw s4, zero, 19
  addiw zero, t5, 19
  mv s5, zero
  DONE
