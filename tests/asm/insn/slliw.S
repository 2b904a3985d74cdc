# slliw: rd = rs1[31:0] << shamt, sign-extended from 32 bits.
# expect: a0=0x1 a1=0xffffffff80000000 a2=0x2 a3=0xffffffff80000000 a4=0xffffffffabcdef00
# expect: a5=0xffffffffc0000000 a6=0xffffffff80000000 a7=0xffffffffb3c00000 s0=0x0 s1=0x0
# expect: t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero: still sign-extends from 32 bits
  slliw a0, t5, 0
  li t5, 0x80000000                     # by zero, bit 31
  slliw a1, t5, 0
  li t5, 0x8000000080000001             # by one
  slliw a2, t5, 1
  li t5, 0x8000000080000001             # by 31
  slliw a3, t5, 31
  li t5, 0x123456789abcdef0             # by four
  slliw a4, t5, 4
  li t5, 0x17fffffff                    # high half ignored
  slliw a5, t5, 30
  li t5, 0x40000000                     # bit 30
  slliw a6, t5, 1
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv a7, t5
  slliw a7, a7, 19
  slliw s0, zero, 19
  slliw zero, t5, 19
  mv s1, zero
  DONE
