# fence.tso: fm = 8, pred = succ = rw: orders as fence rw,rw does, except stores before loads. No
# register or memory changes.
# expect: a0=0x5 a1=0x5 a2=0x7

.include "../common.inc"

test:
  la t0, cell
  li a0, 5
  li a2, 7
  sd a0, 0(t0)
  fence.tso
  ld a1, 0(t0)
  DONE

.section .data
.balign 8
cell:
  .dword 0
