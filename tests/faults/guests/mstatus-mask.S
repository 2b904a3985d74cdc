# insn: csrrw
# A write of all ones keeps only the bits that exist.
.include "guest.inc"
BEGIN
  csrr s2, mstatus
  li t0, -1
  # Not the interrupt enables, MPRV or the modes: the program goes on after this.
  li t1, 0x2188a
  xor t0, t0, t1
guilty:
  csrrw zero, mstatus, t0
  csrr a0, mstatus
  csrw mstatus, s2
  add s1, s1, a0
FINISH
