# sraiw: rd = rs1[31:0] >> shamt with sign bits shifted in.
# expect: a0=0x1 a1=0xffffffff80000000 a2=0xffffffffc0000000 a3=0xffffffffffffffff
# expect: a4=0xfffffffff9abcdef a5=0x1 a6=0x20000000 a7=0xfffffffffffff046 s0=0x0 s1=0x0
# expect: t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero: still sign-extends from 32 bits
  sraiw a0, t5, 0
  li t5, 0x80000000                     # by zero, bit 31
  sraiw a1, t5, 0
  li t5, 0x8000000080000001             # by one
  sraiw a2, t5, 1
  li t5, 0x8000000080000001             # by 31
  sraiw a3, t5, 31
  li t5, 0x123456789abcdef0             # by four
  sraiw a4, t5, 4
  li t5, 0x17fffffff                    # high half ignored
  sraiw a5, t5, 30
  li t5, 0x40000000                     # bit 30
  sraiw a6, t5, 1
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv a7, t5
  sraiw a7, a7, 19
  sraiw s0, zero, 19
  sraiw zero, t5, 19
  mv s1, zero
  DONE
