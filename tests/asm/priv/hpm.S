# The programmable counters. As on QEMU 7.2 there are mhpmcounter3 to 18, and their shadows; the others do
# not exist, while all of mhpmevent3 to 31 do. Events 1 (cycles)
# and 2 (instructions) count what mcycle does, 0 nothing. (Volume II, "Hardware Performance Monitor")
# expect: c3=0x123456789abcdef0 c3.user=0x123456789abcdef0 c18=0x123456789abcdef0 c4=0x0
# expect: c19.cause=0x2 c19.epc=0x0 c19.tval=0xb1302573 c31.cause=0x2 c31.epc=0x0
# expect: c31.tval=0xb1f01073 c19.user.cause=0x2 c19.user.epc=0x0 c19.user.tval=0xc1302573
# expect: readonly.cause=0x2 readonly.epc=0x0 readonly.tval=0xc0301073 e31=0xffffffffffffffff
# expect: e3=0xffffffffffffffff e2.cause=0x2 e2.epc=0x0 e2.tval=0x32202573 event1=0x3 event2=0x3
# expect: written=0x1 event0=0x0

.include "../common.inc"

.macro ILLEGAL name, insn:vararg
  ON_TRAP 1f
0:
  \insn
  TRAP 1
  OUT_TRAP \name, 0b
.endm

test:
  # What is there
  li t0, 0x123456789abcdef0
  csrw mhpmcounter3, t0
  csrr a0, mhpmcounter3
  OUT c3, a0
  csrr a0, hpmcounter3
  OUT c3.user, a0
  csrw mhpmcounter18, t0
  csrr a0, mhpmcounter18
  OUT c18, a0
  csrw mhpmcounter4, zero
  csrr a0, mhpmcounter4
  OUT c4, a0
  ILLEGAL c19, csrr a0, mhpmcounter19
  ILLEGAL c31, csrw mhpmcounter31, zero
  ILLEGAL c19.user, csrr a0, hpmcounter19
  ILLEGAL readonly, csrw hpmcounter3, zero
  li t0, -1
  csrw mhpmevent31, t0
  csrr a0, mhpmevent31
  OUT e31, a0
  csrw mhpmevent3, t0
  csrr a0, mhpmevent3
  OUT e3, a0
  ILLEGAL e2, csrr a0, 0x322
  # Instructions between two readings of a counter of each event
  .irp event, 1, 2
  csrwi mhpmevent5, \event
  csrr a0, mhpmcounter5
  nop
  nop
  csrr a1, mhpmcounter5
  sub a1, a1, a0
  OUT event\event, a1
  .endr
  # A counter written counts on from there; mcountinhibit
  csrwi mhpmevent5, 2
  csrwi mhpmcounter5, 0
  csrr a0, mhpmcounter5
  OUT written, a0
  csrwi mhpmevent5, 0
  csrr a0, mhpmcounter5
  csrr a1, mhpmcounter5
  sub a1, a1, a0
  OUT event0, a1
  DONE
