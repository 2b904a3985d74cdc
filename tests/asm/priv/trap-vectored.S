# Vectored mode (bit 0 of mtvec or stvec): interrupts go to base + 4 x cause, exceptions to the
# base.
# expect: exception=0x0 msoft=0x3 ssoft=0x1 s.exception=0x0 s.soft=0x1
# In direct mode everything goes to the base.
# expect: direct=0x0

.include "../common.inc"

# Sixteen entries; each puts its number into a7 and goes on at the address in tp.
.macro VECTORS
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
  j 8f + 8 * \n
  .endr
8:
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
  li a7, \n
  jr tp
  .endr
.endm

test:
  la t0, vectors + 1
  csrw mtvec, t0
  la tp, 1f
  ecall
1:
  OUT exception, a7
  # CLINT's msip
  li t0, 1 << 3
  csrw mie, t0
  li s0, CLINT
  li s1, 1
  la tp, 1f
  csrsi mstatus, MSTATUS_MIE
  sw s1, 0(s0)
  nop
  nop
1:
  sw zero, 0(s0)
  OUT msoft, a7
  # An S-mode software interrupt that is not delegated
  li t0, 1 << 1
  csrw mie, t0
  csrw mip, t0
  la tp, 1f
  csrsi mstatus, MSTATUS_MIE
  nop
  nop
1:
  OUT ssoft, a7
  la t0, vectors
  csrw mtvec, t0
  la tp, 1f
  csrsi mstatus, MSTATUS_MIE
  nop
  nop
1:
  csrw mip, zero
  OUT direct, a7

  # The same in S mode.
  la t0, vectors + 1
  csrw stvec, t0
  li t0, 1 << 8
  csrw medeleg, t0
  la tp, 1f
  ENTER_U
  ecall
1:
  mv s2, a7
  # Back to M mode, by entry 0 of the direct mtvec.
  la tp, 2f
  ecall
2:
  OUT s.exception, s2
  csrw medeleg, zero
  li t0, 2
  csrw mideleg, t0
  csrw mip, t0
  la tp, 1f
  ENTER_U
  nop
  nop
1:
  mv s3, a7
  la tp, 2f
  ecall
2:
  OUT s.soft, s3
  DONE

.balign 64
vectors:
  VECTORS
