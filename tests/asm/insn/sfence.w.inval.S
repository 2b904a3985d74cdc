# sfence.w.inval: orders invalidations by sinval.vma, and does nothing by itself. QEMU 7.2 lets it pass in
# U mode too, where the manual has it illegal, and whatever mstatus.TVM says. (Volume II, "Svinval")
# Without the extension it is illegal: see svinval-off.S.
# cpu: svinval=on
# expect: m=0x1 s=0x1 tvm=0x1 end.cause=0x8 end.epc=0x4 end.tval=0x0

.include "../common.inc"
.option arch, +svinval

test:
  li a0, 1
  sfence.w.inval
  OUT m, a0
  ON_TRAP 1f
  ENTER_S
  sfence.w.inval
  OUT s, a0
  ecall
  TRAP 1
  li t0, MSTATUS_TVM
  csrs mstatus, t0
  ON_TRAP 1f
  ENTER_S
  sfence.w.inval
  OUT tvm, a0
  ecall
  TRAP 1
  ON_TRAP 1f
  ENTER_U
0:
  sfence.w.inval
  ecall
  TRAP 1
  OUT_TRAP end, 0b
  DONE
