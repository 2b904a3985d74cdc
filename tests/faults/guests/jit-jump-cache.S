# insn: addi
# An indirect jump does not see that the target's page was mapped anew.
.include "guest.inc"
BEGIN
  PAGING PTE_RWXAD
  la t0, page_a
  la t1, page_b
  li t2, 0x00150513
  sw t2, 0(t0)
  li t2, 0x00250513
  sw t2, 0(t1)
  li t2, 0x00008067
  sw t2, 4(t0)
  sw t2, 4(t1)
  fence.i
  li s4, PAGE_VA
  li s5, 30
1:
  jalr ra, 0(s4)
  addi s5, s5, -1
  li s6, 10
  bne s5, s6, 2f
  la t2, leaf_table
  la t3, page_b
  srli t3, t3, 2
  ori t3, t3, PTE_RWXAD
  sd t3, 0(t2)
  sfence.vma
2:
  bnez s5, 1b
  .equ guilty, PAGE_VA
  .equ guilty_end, PAGE_VA + 4
FINISH
PAGES
