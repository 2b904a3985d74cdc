# Not a fault's guest: loads from two pages by turns, which have the same place in a TLB of two
# entries, so that it fills more often than a large one. For policy_test.
.include "guest.inc"
BEGIN
  la a1, page_a
  lui a2, 2
  add a2, a1, a2
  li s2, 50
1:
  ld a0, 0(a1)
  ld a3, 0(a2)
  add s1, s1, a0
  add s1, s1, a3
  addi s2, s2, -1
  bnez s2, 1b
FINISH
PAGES
