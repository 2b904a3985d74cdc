# sfence.vma: later translations see earlier stores to page tables, for all addresses (rs1 = x0) or
# one, all address spaces (rs2 = x0) or one. Illegal in U mode, and in S mode while mstatus.TVM = 1.
# (Volume II, "Supervisor Memory-Management Fence Instruction") Each result is the word that VA
# 0x40000000 leads to, after its entry was changed and the fence executed.
# expect: before=0xaaaa0000aaaa0000 all=0xbbbb0000bbbb0000 va=0xaaaa0000aaaa0000
# expect: asid=0xbbbb0000bbbb0000 both=0xaaaa0000aaaa0000
# expect: same.register=0xbbbb0000bbbb0000
# expect: u.cause=0x2 u.epc=0x0 u.tval=0x12000073
# expect: tvm.cause=0x2 tvm.epc=0x0 tvm.tval=0x12b50073
# In M mode TVM means nothing.
# expect: m.tvm=0x1

.include "../common.inc"
.include "../vm.inc"

# In S mode: `page` becomes the target of VA, `fence` is executed.
.macro REMAP name, page, fence:vararg
  PTE level0, 0, \page, V | R | W | A | D
  \fence
  ld t3, 0(a0)
  OUT \name, t3
.endm

test:
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | A | D
  SATP SV39, root, 5
  li a0, VA
  li a1, 5
  ON_TRAP 1f
  ENTER_S
  ld t3, 0(a0)
  OUT before, t3
  REMAP all, page_b, sfence.vma
  REMAP va, page_a, sfence.vma a0
  REMAP asid, page_b, sfence.vma zero, a1
  REMAP both, page_a, sfence.vma a0, a1
  mv a2, a0
  li a0, VA
  # One register for both: address 0x40000000, ASID 0x40000000 mod 2^16 = 0 is another one, so a
  # fence for all follows.
  PTE level0, 0, page_b, V | R | W | A | D
  sfence.vma a2, a2
  sfence.vma zero, zero
  ld t3, 0(a0)
  OUT same.register, t3
  ecall
  TRAP 1

  csrw satp, zero
  ON_TRAP 1f
  ENTER_U
0:
  sfence.vma
  TRAP 1
  OUT_TRAP u, 0b

  li t0, MSTATUS_TVM
  csrs mstatus, t0
  ON_TRAP 1f
  ENTER_S
0:
  sfence.vma a0, a1
  TRAP 1
  OUT_TRAP tvm, 0b

  li a0, 1
  sfence.vma
  OUT m.tvm, a0
  DONE
