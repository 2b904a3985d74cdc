# insn: sd
# The first store to a clean page sets D in its PTE.
.include "guest.inc"
BEGIN
PAGING PTE_RW_CLEAN
  li a1, PAGE_VA
  ld a0, 0(a1)
guilty:
  sd s1, 8(a1)
  la t0, leaf_table
  ld a2, 0(t0)
  add s1, s1, a2
FINISH
PAGES
