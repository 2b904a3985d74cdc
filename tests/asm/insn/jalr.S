# jalr: rd = pc + 4 and jumps to rs1 + the sign-extended 12-bit offset, with bit 0 cleared. Link
# registers less the label behind the jump.
# expect: a0=0x3f a1=0x0 a2=0x0 a3=0x0 a4=0x4d a5=0x0 a6=0x0

.include "../common.inc"

test:
  li a0, 0
  la t0, 1f
  jalr ra, 0(t0)
0:
  addi a0, a0, 0x100
1:
  la t6, 0b
  sub a1, ra, t6
  addi a0, a0, 1
  # Bit 0 of the sum is cleared, whichever part it comes from.
  la t0, 2f
  jalr t1, 1(t0)
0:
  addi a0, a0, 0x100
2:
  la t6, 0b
  sub a2, t1, t6
  addi a0, a0, 2
  la t0, 3f + 2047
  jalr t1, -2046(t0)
0:
  addi a0, a0, 0x100
3:
  la t6, 0b
  sub a3, t1, t6
  addi a0, a0, 4
  # x0 as the link register.
  li ra, 77
  la t0, 4f + 2048
  jalr zero, -2048(t0)
  addi a0, a0, 0x100
4:
  mv a4, ra
  addi a0, a0, 8
  # The link register is also the base: the old value is the target.
  la t2, 5f - 2047
  jalr t2, 2047(t2)
0:
  addi a0, a0, 0x100
5:
  la t6, 0b
  sub a5, t2, t6
  addi a0, a0, 16
  # A target that is only 2-byte aligned.
  .option rvc
  la t0, 6f
  jalr t1, 0(t0)
0:
  c.nop
6:
  .option norvc
  la t6, 0b
  sub a6, t1, t6
  addi a0, a0, 32
  DONE
