# Address spaces: after satp names another ASID and another table, translations are those of that table
# without a fence, and back again; satp may change its mode. ASIDs have 16 bits. (Volume II,
# "Supervisor Address Translation and Protection Register")
# expect: first=0xaaaa0000aaaa0000 second=0xbbbb0000bbbb0000 again=0xaaaa0000aaaa0000 asid=0x8ffff
# expect: last=0xbbbb0000bbbb0000 stored=0x1234 paged.cause=0x0 paged.tval=0x0
# expect: paged.value=0xaaaa0000aaaa0000 bare.cause=0x0 bare.tval=0x0
# expect: bare.value=0xbbbb0000bbbb0000 back.cause=0x0 back.tval=0x0 back.value=0xbbbb0000bbbb0000

.include "../common.inc"
.include "../vm.inc"

# satp without sfence.vma
.macro SWITCH mode, table, asid
  la t5, \table
  srli t5, t5, 12
  li t6, (\mode << 60) | (\asid << 44)
  or t5, t5, t6
  csrw satp, t5
.endm

test:
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | A | D
  # The other tree
  RAW_PTE other_root, 0, V | R | W | A | D
  RAW_PTE other_root, 2, (0x80000000 >> 2) | V | R | W | X | A | D
  PTE other_root, 1, other_level1, V
  PTE other_level1, 0, other_level0, V
  PTE other_level0, 0, page_b, V | R | W | A | D
  SATP SV39, root, 1
  ON_TRAP 1f
  ENTER_S
  li a1, VA
  ld a0, 0(a1)
  OUT first, a0
  SWITCH SV39, other_root, 2
  ld a0, 0(a1)
  OUT second, a0
  SWITCH SV39, root, 1
  ld a0, 0(a1)
  OUT again, a0
  SWITCH SV39, other_root, 0xffff
  csrr a2, satp
  srli a2, a2, 44
  OUT asid, a2
  ld a0, 0(a1)
  OUT last, a0
  li a2, 0x1234
  sd a2, 8(a1)
  ecall
  TRAP 1
  csrw satp, zero
  la a0, page_b
  ld a0, 8(a0)
  OUT stored, a0
  # Bare and back: without a fence too, where the ASID is another one
  SWITCH SV39, root, 3
  PROBE_LOAD paged, MODE_S, VA
  csrw satp, zero
  PROBE_LOAD bare, MODE_S, 0, plus=page_b
  SWITCH SV39, other_root, 4
  PROBE_LOAD back, MODE_S, VA
  DONE

.section .pages, "aw"
.balign 4096
other_root: .space 4096
other_level1: .space 4096
other_level0: .space 4096
