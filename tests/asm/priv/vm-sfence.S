# What sfence.vma must make visible: by address, by ASID, permissions, superpages; and which
# translations a fence or a change of satp must not confuse: another ASID's, global ones. Only
# outcomes that the manual fixes are tested: after a change of an entry the right fence comes before
# the next access. All in S mode; the value is what VA 0x40000000 leads to.
# expect: asid1=0xaaaa0000aaaa0000 asid2=0xbbbb0000bbbb0000
# expect: asid1.again=0xaaaa0000aaaa0000 asid2.again=0xbbbb0000bbbb0000
# A fence for ASID 1 and the address shows the change in ASID 1; ASID 2 has its own table.
# expect: asid1.changed=0xbbbb0000bbbb0000 asid2.kept=0xbbbb0000bbbb0000
# A global page is the same in both, and a fence by address alone drops it.
# expect: global1=0xaaaa0000aaaa0000 global2=0xaaaa0000aaaa0000 global.changed=0xbbbb0000bbbb0000
# A superpage's translation is dropped by a fence with any address in it.
# expect: super=0xaaaa0000aaaa0000 super.changed=0xbbbb0000bbbb0000
# A page becomes read-only, then writable again.
# expect: readonly.cause=0xf writable=0x77

.include "../common.inc"
.include "../vm.inc"

.macro SWITCH table, asid
  la t5, \table
  srli t5, t5, 12
  li t6, (SV39 << 60) | (\asid << 44)
  or t5, t5, t6
  csrw satp, t5
.endm

.macro READ name, address
  ld t3, 0(\address)
  OUT \name, t3
.endm

test:
  VM_SETUP
  # root is of ASID 1; root_2 with level1_2 and level0_2 of ASID 2.
  PTE level0, 0, page_a, V | R | W | A | D
  RAW_PTE root_2, 0, V | R | W | A | D
  RAW_PTE root_2, 2, (0x80000000 >> 2) | V | R | W | X | A | D
  PTE root_2, 1, level1_2, V
  PTE level1_2, 0, level0_2, V
  PTE level0_2, 0, page_b, V | R | W | A | D
  # VA 0x40001000 is a global page in both.
  PTE level0, 1, page_a, V | R | W | A | D | G
  PTE level0_2, 1, page_a, V | R | W | A | D | G
  # VA 0x40200000: a superpage.
  RAW_PTE level1, 1, (0x80000000 >> 2) | V | R | A
  SATP SV39, root, 1
  li s0, VA
  li s1, VA + 0x1000
  la s2, page_a
  li t0, VA + 0x200000 - 0x80000000
  add s2, s2, t0
  ON_TRAP 1f
  ENTER_S

  SWITCH root, 1
  READ asid1, s0
  SWITCH root_2, 2
  READ asid2, s0
  SWITCH root, 1
  READ asid1.again, s0
  SWITCH root_2, 2
  READ asid2.again, s0
  SWITCH root, 1
  PTE level0, 0, page_b, V | R | W | A | D
  li t0, 1
  sfence.vma s0, t0
  READ asid1.changed, s0
  SWITCH root_2, 2
  READ asid2.kept, s0

  SWITCH root, 1
  READ global1, s1
  SWITCH root_2, 2
  READ global2, s1
  PTE level0, 1, page_b, V | R | W | A | D | G
  PTE level0_2, 1, page_b, V | R | W | A | D | G
  sfence.vma s1
  READ global.changed, s1

  SWITCH root, 1
  READ super, s2
  # In its place a table whose entry for page_a's offset is page_b.
  la t0, page_a
  srli t0, t0, 12
  andi t0, t0, 0x1ff
  slli t0, t0, 3
  la t6, level0_3
  add t6, t6, t0
  la t5, page_b
  srli t5, t5, 2
  addi t5, t5, V | R | A
  sd t5, 0(t6)
  PTE level1, 1, level0_3, V
  sfence.vma s2
  READ super.changed, s2
  ecall
  TRAP 1

  # Permissions: a store, then without W, then with it.
  PTE level0, 2, page_c, V | R | W | A | D
  li s3, VA + 0x2000
  ON_TRAP 1f
  ENTER_S
  SWITCH root, 1
  sd zero, 0(s3)
  PTE level0, 2, page_c, V | R | A | D
  sfence.vma s3
  li t4, 0x66
  sd t4, 0(s3)
  TRAP 1
  csrr t4, mcause
  OUT readonly.cause, t4
  ON_TRAP 1f
  ENTER_S
  PTE level0, 2, page_c, V | R | W | A | D
  sfence.vma s3
  li t4, 0x77
  sd t4, 0(s3)
  ecall
  TRAP 1
  la t0, page_c
  ld t4, 0(t0)
  OUT writable, t4
  DONE

.section .pages
root_2: .space 4096
level1_2: .space 4096
level0_2: .space 4096
level0_3: .space 4096
page_c: .space 4096
