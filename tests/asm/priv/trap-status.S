# A trap into M mode saves MIE in MPIE, clears MIE, and saves the mode in MPP; the rest of mstatus
# stays. Bits looked at: MPP (12:11), MPIE (7), MIE (3), SIE (1), SPIE (5), SPP (8), MPRV (17), SUM
# (18).
# expect: m.enabled=0x41882 m.disabled=0x41802 s.status=0x40882 u.status=0x40002
# Nested: the second trap overwrites the first one's save.
# expect: nested=0x41802

.include "../common.inc"

.macro OUT_STATUS name
  csrr t0, mstatus
  li t1, 0x619aa
  and t0, t0, t1
  OUT \name, t0
.endm

test:
  li t0, MSTATUS_SUM | MSTATUS_SIE
  csrs mstatus, t0
  ON_TRAP 1f
  csrsi mstatus, MSTATUS_MIE
  ecall
  TRAP 1
  OUT_STATUS m.enabled
  ON_TRAP 1f
  ecall
  TRAP 1
  OUT_STATUS m.disabled
  ON_TRAP 1f
  li t0, MSTATUS_MPIE
  csrs mstatus, t0
  ENTER_S
  ecall
  TRAP 1
  OUT_STATUS s.status
  ON_TRAP 1f
  li t0, MSTATUS_MPIE
  csrc mstatus, t0
  ENTER_U
  ecall
  TRAP 1
  OUT_STATUS u.status
  ON_TRAP 1f
  csrsi mstatus, MSTATUS_MIE
  ecall
  TRAP 1
  ON_TRAP 1f
  ecall
  TRAP 1
  OUT_STATUS nested
  DONE
