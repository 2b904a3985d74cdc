# Page tables are changed under code that runs, many times: a page of code gives way to another at
# its address, while a third address names the first one still; two address spaces have different
# code at one address; and code changes its own mapping, so that what it jumps to in its page comes
# from the other page. In S mode; where the manual asks for a fence there is one. The jump is there
# because QEMU goes on with what it has translated when nothing but sfence.vma is between.
# expect: replaced=0x3f3b8 spaces=0x3ebe8 own=0x1f40

.include "../common.inc"
.include "../vm.inc"

.equ FLAGS, V | R | W | X | A | D

# An entry for a page into reg. Clobbers t5.
.macro ENTRY reg, page
  la t5, \page
  srli t5, t5, 2
  addi \reg, t5, FLAGS
.endm

test:
  VM_SETUP
  PTE level0, 0, code_1, FLAGS
  PTE level0, 1, code_1, FLAGS
  RAW_PTE root_2, 0, V | R | W | A | D
  RAW_PTE root_2, 2, (0x80000000 >> 2) | V | R | W | X | A | D
  PTE root_2, 1, level1_2, V
  PTE level1_2, 0, level0_2, V
  PTE level0_2, 0, code_256, FLAGS
  SATP SV39, root, 1
  ENTRY s2, code_1
  ENTRY s3, code_256
  la s4, level0
  li s5, VA
  li s6, VA + 0x1000
  ON_TRAP over
  ENTER_S
  li s0, 1000
  li a0, 0
1:
  sd s3, 0(s4)
  sfence.vma
  jalr ra, 0(s5)
  jalr ra, 0(s6)
  sd s2, 0(s4)
  sfence.vma s5, zero
  jalr ra, 0(s5)
  jalr ra, 0(s6)
  addi s0, s0, -1
  bnez s0, 1b
  OUT replaced, a0

  csrr s7, satp
  la t5, root_2
  srli t5, t5, 12
  li t6, (SV39 << 60) | (2 << 44)
  or s8, t5, t6
  li s0, 1000
  li a0, 0
2:
  csrw satp, s8
  jalr ra, 0(s5)
  csrw satp, s7
  jalr ra, 0(s5)
  addi s0, s0, -1
  bnez s0, 2b
  OUT spaces, a0

  ENTRY s2, code_own
  ENTRY s3, code_behind
  li s0, 500
  li a0, 0
3:
  sd s2, 0(s4)
  sfence.vma s5, zero
  jalr ra, 0(s5)
  addi s0, s0, -1
  bnez s0, 3b
  OUT own, a0
  ecall
  TRAP over
  DONE

.section .pages, "aw"
.balign 4096
root_2: .space 4096
level1_2: .space 4096
level0_2: .space 4096
code_1:
  addi a0, a0, 1
  ret
  .balign 4096
code_256:
  addi a0, a0, 256
  ret
  .balign 4096
code_own:
  sd s3, 0(s4)
  sfence.vma s5, zero
  jr 12(s5)
  addi a0, a0, 1
  ret
  .balign 4096
code_behind:
  nop
  nop
  nop
  addi a0, a0, 16
  ret
  .balign 4096
