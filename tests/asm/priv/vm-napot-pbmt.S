# Svnapot and Svpbmt together: a 64 KiB page of memory type 1.
# cpu: svnapot=on,svpbmt=on
# expect: load.cause=0x0 load.tval=0x0 load.value=0x1234 store.cause=0x0 store.tval=0x0 high=0x280
# expect: entry=0xc7

.include "../common.inc"
.include "../vm.inc"

test:
  VM_SETUP
  SATP SV39, root
  la t0, big
  li t1, 5 * 4096
  add t0, t0, t1
  li t1, 0x1234
  sd t1, 0(t0)
  PTE level0, 5, big, V | R | W
  li t4, (8 << 10) | (1 << 63) | (1 << 61)
  or t5, t5, t4
  sd t5, 0(t6)
  sfence.vma
  PROBE_LOAD load, MODE_S, (VA + 5 * 4096)
  PROBE_STORE store, MODE_S, (VA + 5 * 4096)
  la t0, level0
  ld a0, 5 * 8(t0)
  srli a0, a0, 54
  OUT high, a0
  OUT_PTE entry, level0, 5
  DONE

.section .pages, "aw"
.balign 65536
big: .space 65536
