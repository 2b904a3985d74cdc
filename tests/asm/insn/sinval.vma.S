# sinval.vma: invalidates translations for all addresses (rs1 = x0) or one, all address spaces (rs2 =
# x0) or one; between sfence.w.inval and sfence.inval.ir. Illegal in U mode, and in S mode while
# mstatus.TVM = 1. (Volume II, "Svinval") Each result is the word that VA 0x40000000 leads to, after
# its entry was changed and the fences executed. mtval of the illegal ones is 0, as on QEMU 7.2.
# cpu: svinval=on
# expect: before=0xaaaa0000aaaa0000 all=0xbbbb0000bbbb0000 va=0xaaaa0000aaaa0000
# expect: asid=0xbbbb0000bbbb0000 both=0xaaaa0000aaaa0000
# expect: u.cause=0x2 u.epc=0x0 u.tval=0x0
# expect: tvm.cause=0x2 tvm.epc=0x0 tvm.tval=0x0
# In M mode TVM means nothing.
# expect: m.tvm=0x1

.include "../common.inc"
.include "../vm.inc"
.option arch, +svinval

# In S mode: `page` becomes the target of VA, `fence` is executed.
.macro REMAP name, page, fence:vararg
  PTE level0, 0, \page, V | R | W | A | D
  sfence.w.inval
  \fence
  sfence.inval.ir
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
  REMAP all, page_b, sinval.vma zero, zero
  REMAP va, page_a, sinval.vma a0, zero
  REMAP asid, page_b, sinval.vma zero, a1
  REMAP both, page_a, sinval.vma a0, a1
  ecall
  TRAP 1

  csrw satp, zero
  ON_TRAP 1f
  ENTER_U
0:
  sinval.vma zero, zero
  TRAP 1
  OUT_TRAP u, 0b

  li t0, MSTATUS_TVM
  csrs mstatus, t0
  ON_TRAP 1f
  ENTER_S
0:
  sinval.vma a0, a1
  TRAP 1
  OUT_TRAP tvm, 0b

  li a0, 1
  sinval.vma zero, zero
  OUT m.tvm, a0
  DONE
