# Cause 3, breakpoint: by ebreak, from S mode, with what mstatus keeps of it: MPP = S, MPIE = MIE =
# 1, MIE = 0.
# expect: s.cause=0x3 s.epc=0x0 s.tval=0x0 status=0x880

.include "../common.inc"

test:
  csrsi mstatus, MSTATUS_MIE
  li t0, -1
  ON_TRAP 1f
  ENTER_S
  # The mret of ENTER_S has set MIE = MPIE = 0 ...
0:
  ebreak
  TRAP 1
  OUT_TRAP s, 0b
  # ... so the status is looked at with MPIE = 1 before the mret.
  ON_TRAP 1f
  li t0, MSTATUS_MPIE
  csrs mstatus, t0
  ENTER_S
  ebreak
  TRAP 1
  csrr t0, mstatus
  li t1, MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE
  and t0, t0, t1
  OUT status, t0
  DONE
