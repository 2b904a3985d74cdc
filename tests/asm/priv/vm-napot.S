# Svnapot: a leaf with N (63) set and 8 in the low four bits of its page number maps 64 KiB, the low
# four bits of the virtual page number passing through. Any other low four bits with N are reserved,
# and N in a superpage or a pointer is: page faults. Hardware sets A and D in the entry that was
# used. QEMU 7.2 departs from the manual: the reserved bits 54 to 60 are ignored.
# (Volume II, "Svnapot") pN: the word at the start of page N of the 64 KiB is N.
# cpu: svnapot=on
# expect: p0.cause=0x0 p0.tval=0x0 p0.value=0x0 p1.cause=0x0 p1.tval=0x0 p1.value=0x1 p7.cause=0x0
# expect: p7.tval=0x0 p7.value=0x7 p8.cause=0x0 p8.tval=0x0 p8.value=0x8 p15.cause=0x0
# expect: p15.tval=0x0 p15.value=0xf single.cause=0x0 single.tval=0x0 single.value=0x2
# expect: low0.cause=0xd low0.tval=0x40003000 low0.value=0x0 low1.cause=0xd low1.tval=0x40003000
# expect: low1.value=0x0 low2.cause=0xd low2.tval=0x40003000 low2.value=0x0 low4.cause=0xd
# expect: low4.tval=0x40003000 low4.value=0x0 low7.cause=0xd low7.tval=0x40003000 low7.value=0x0
# expect: low9.cause=0xd low9.tval=0x40003000 low9.value=0x0 low12.cause=0xd low12.tval=0x40003000
# expect: low12.value=0x0 low15.cause=0xd low15.tval=0x40003000 low15.value=0x0 accessed.cause=0x0
# expect: accessed.tval=0x0 accessed.value=0x3 accessed.entry=0x43 dirty.cause=0x0 dirty.tval=0x0
# expect: dirty.entry=0xc7 stored=0x5a read.only.cause=0xf read.only.tval=0x40004000
# expect: user.cause=0xd user.tval=0x40004000 user.value=0x0 crossing.cause=0x0 crossing.tval=0x0
# expect: crossing.value=0x700000000 leaving.cause=0xd leaving.tval=0x40010000 leaving.value=0x0
# expect: mega.cause=0xd mega.tval=0x40200000 mega.value=0x0 mega8.cause=0xd mega8.tval=0x40200000
# expect: mega8.value=0x0 reserved.cause=0x0 reserved.tval=0x0 reserved.value=0x1 pbmt.cause=0xd
# expect: pbmt.tval=0x40001000 pbmt.value=0x0 pointer.cause=0xd pointer.tval=0x40400000
# expect: pointer.value=0x0

.include "../common.inc"
.include "../vm.inc"

.equ N, 1 << 63

# An entry that leads to `big`, with `low` in the low bits of the page number.
.macro NAPOT table, index, low, flags, high=N
  PTE \table, \index, big, \flags
  li t4, ((\low) << 10) | (\high)
  or t5, t5, t4
  sd t5, 0(t6)
  sfence.vma
.endm

test:
  VM_SETUP
  la t0, big
  li t1, 0
1:
  sd t1, 0(t0)
  li t2, 4096
  add t0, t0, t2
  addi t1, t1, 1
  li t2, 16
  blt t1, t2, 1b
  SATP SV39, root
  .irp i, 0, 1, 7, 8, 15
  NAPOT level0, \i, 8, V | R | W | A | D
  PROBE_LOAD p\i, MODE_S, (VA + \i * 4096)
  .endr
  # The entries of one 64 KiB need not be alike: each page is mapped by its own.
  NAPOT level0, 2, 2, V | R | W | A | D, 0
  PROBE_LOAD single, MODE_S, (VA + 2 * 4096)
  .irp low, 0, 1, 2, 4, 7, 9, 12, 15
  NAPOT level0, 3, \low, V | R | W | A | D
  PROBE_LOAD low\low, MODE_S, (VA + 3 * 4096)
  .endr
  NAPOT level0, 3, 8, V | R
  PROBE_LOAD accessed, MODE_S, (VA + 3 * 4096)
  OUT_PTE accessed.entry, level0, 3
  NAPOT level0, 3, 8, V | R | W
  PROBE_STORE dirty, MODE_S, (VA + 3 * 4096)
  OUT_PTE dirty.entry, level0, 3
  la t0, big
  li t1, 3 * 4096
  add t0, t0, t1
  ld a0, 0(t0)
  OUT stored, a0
  NAPOT level0, 4, 8, V | R | A | D
  PROBE_STORE read.only, MODE_S, (VA + 4 * 4096)
  PROBE_LOAD user, MODE_U, (VA + 4 * 4096)
  # An access across the pages of one mapping, and out of it into nothing
  NAPOT level0, 6, 8, V | R | W | A | D
  NAPOT level0, 7, 8, V | R | W | A | D
  PROBE_LOAD crossing, MODE_S, (VA + 7 * 4096 - 4)
  NAPOT level0, 15, 8, V | R | W | A | D
  RAW_PTE level0, 16, 0
  PROBE_LOAD leaving, MODE_S, (VA + 16 * 4096 - 4)
  # N where it may not be, and bits that QEMU ignores
  RAW_PTE level1, 1, N | (0x80000000 >> 2) | V | R | W | A | D
  PROBE_LOAD mega, MODE_S, (VA + 0x200000)
  RAW_PTE level1, 1, N | (0x80008000 >> 2) | V | R | W | A | D
  PROBE_LOAD mega8, MODE_S, (VA + 0x200000)
  NAPOT level0, 1, 8, V | R | W | A | D, N | (0x7f << 54)
  PROBE_LOAD reserved, MODE_S, (VA + 0x1000)
  NAPOT level0, 1, 8, V | R | W | A | D, N | (1 << 61)
  PROBE_LOAD pbmt, MODE_S, (VA + 0x1000)
  PTE level1, 2, level0, V
  li t4, N
  or t5, t5, t4
  sd t5, 0(t6)
  sfence.vma
  PROBE_LOAD pointer, MODE_S, (VA + 0x400000)
  DONE

.section .pages, "aw"
.balign 65536
big: .space 65536
