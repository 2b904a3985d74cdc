# fence: orders memory accesses; one hart sees its own stores in order anyway. No register or memory
# changes, whatever the sets; reserved fm and register fields are ignored.
# expect: a0=0x5 a1=0x9 a2=0x7

.include "../common.inc"

test:
  la t0, cell
  li a0, 5
  sd a0, 0(t0)
  fence
  ld a1, 0(t0)
  li a1, 9
  sd a1, 0(t0)
  fence rw, w
  fence r, rw
  fence iorw, iorw
  fence o, i
  .4byte 0x0ff2828f                     # fence iorw, iorw with rd = x5 and rs1 = x5
  .4byte 0x10000a0f                     # fm = 1, rd = x20
  ld a0, 0(t0)
  ld a1, 0(t0)
  li a0, 5
  li a2, 7
  DONE

.section .data
.balign 8
cell:
  .dword 0
