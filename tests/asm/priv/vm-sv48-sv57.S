# Sv48 and Sv57: one and two levels more above Sv39's tables, leaves at every level, misaligned
# superpages of the new levels, canonical addresses. `root48` and `root57` map address 0 to what
# Sv39 maps there, by way of their entry 0.
# expect: sv48.cause=0x0 sv48.tval=0x0 sv48.value=0xaaaa0000aaaa0000
# expect: sv48.tera.cause=0x0 sv48.tera.tval=0x0 sv48.tera.value=0xaaaa0000aaaa0000
# expect: sv48.bad.cause=0xd sv48.bad.tval=0x10000000000 sv48.bad.value=0x0
# expect: sv48.bit39.cause=0xd sv48.bit39.tval=0x18040000000 sv48.bit39.value=0x0
# expect: sv48.bit48.cause=0xd sv48.bit48.tval=0x1000040000000 sv48.bit48.value=0x0
# expect: sv48.high.cause=0x0 sv48.high.tval=0x0 sv48.high.value=0xaaaa0000aaaa0000
# expect: sv57.cause=0x0 sv57.tval=0x0 sv57.value=0xaaaa0000aaaa0000
# expect: sv57.peta.cause=0x0 sv57.peta.tval=0x0 sv57.peta.value=0xaaaa0000aaaa0000
# expect: sv57.bad.cause=0xd sv57.bad.tval=0x2000000000000 sv57.bad.value=0x0
# expect: sv57.bit57.cause=0xd sv57.bit57.tval=0x200000040000000 sv57.bit57.value=0x0
# expect: sv57.high.cause=0x0 sv57.high.tval=0x0 sv57.high.value=0xaaaa0000aaaa0000
# Unknown modes: the write of satp has no effect.
# expect: satp.mode1=0x0 satp.mode7=0x0 satp.mode11=0x0 satp.mode15=0x0

.include "../common.inc"
.include "../vm.inc"

.macro TRY_MODE name, mode
  la t5, root
  srli t5, t5, 12
  li t6, \mode << 60
  or t5, t5, t6
  csrw satp, t5
  csrr t5, satp
  OUT \name, t5
.endm

test:
  TRY_MODE satp.mode1, 1
  TRY_MODE satp.mode7, 7
  TRY_MODE satp.mode11, 11
  TRY_MODE satp.mode15, 15
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | A | D
  PTE root48, 0, root, V
  # 512 GiB at VA 0x8000000000 = PA 0; the same at 0x10000000000 with a PPN that is not aligned.
  RAW_PTE root48, 1, V | R | W | A | D
  RAW_PTE root48, 2, (0x40000000 >> 2) | V | R | W | A | D
  PTE root48, 511, root, V
  PTE root57, 0, root48, V
  # 256 TiB at VA 0x1000000000000 = PA 0; the same misaligned.
  RAW_PTE root57, 1, V | R | W | A | D
  RAW_PTE root57, 2, (0x8000000000 >> 2) | V | R | W | A | D
  PTE root57, 511, root48, V
  SATP SV48, root48
  PROBE_LOAD sv48, MODE_S, VA
  PROBE_LOAD sv48.tera, MODE_S, 0x8000000000, plus=page_a
  PROBE_LOAD sv48.bad, MODE_S, 0x10000000000
  PROBE_LOAD sv48.bit39, MODE_S, 0x18040000000
  PROBE_LOAD sv48.bit48, MODE_S, 0x1000040000000
  PROBE_LOAD sv48.high, MODE_S, 0xffffff8040000000
  SATP SV57, root57
  PROBE_LOAD sv57, MODE_S, VA
  PROBE_LOAD sv57.peta, MODE_S, 0x1000000000000, plus=page_a
  PROBE_LOAD sv57.bad, MODE_S, 0x2000000000000
  PROBE_LOAD sv57.bit57, MODE_S, 0x200000040000000
  PROBE_LOAD sv57.high, MODE_S, 0xffff000040000000
  DONE

.section .pages
root48: .space 4096
root57: .space 4096
