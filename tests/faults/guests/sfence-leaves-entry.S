# insn: ld
# The page's mapping changes; the load after sfence.vma must see the new one.
.include "guest.inc"
BEGIN
PAGING PTE_RWXAD
  li a1, PAGE_VA
  ld a0, 0(a1)
  la t0, leaf_table
  la t1, page_b
  srli t1, t1, 2
  ori t1, t1, PTE_RWXAD
  sd t1, 0(t0)
  sfence.vma a1, zero
guilty:
  ld a0, 0(a1)
  add s1, s1, a0
FINISH
PAGES
