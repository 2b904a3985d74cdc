# insn: ld
# An access that crosses a page goes on in the host's memory.
.include "guest.inc"
BEGIN
  PAGING PTE_RWXAD
  # 0x40000000 is page_a, 0x40001000 page_c.
  la t2, leaf_table
  la t3, page_c
  srli t3, t3, 2
  ori t3, t3, PTE_RWXAD
  sd t3, 8(t2)
  sfence.vma
  li a3, PAGE_VA
  ld a0, 8(a3)
  li a1, PAGE_VA + 0xffd
guilty:
  ld a0, 0(a1)
  add s1, s1, a0
FINISH
PAGES
page_c:
  .dword 0x3333333333333333
  .balign 4096
