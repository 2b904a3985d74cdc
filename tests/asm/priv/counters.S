# mcycle and minstret count instructions (with one instruction a nanosecond, a cycle is an
# instruction); a write is seen by the next read; mcountinhibit stops them; cycle and instret read
# the same.
# expect: minstret.step=0x1 mcycle.step=0x4 written=0x1 inhibited=0x0 inhibit=0x5
# expect: user.instret=0x2 user.cycle=0x2 hpm3=0x0 hpmevent3=0x0

.include "../common.inc"

test:
  csrr t0, minstret
  csrr t1, minstret
  sub t1, t1, t0
  OUT minstret.step, t1
  csrr t0, mcycle
  nop
  nop
  nop
  csrr t1, mcycle
  sub t1, t1, t0
  OUT mcycle.step, t1
  li t0, 0x1000
  csrw minstret, t0
  csrr t1, minstret
  sub t1, t1, t0
  sltiu t1, t1, 3
  OUT written, t1
  li t0, 5
  csrw mcountinhibit, t0
  csrr t1, mcycle
  csrr t2, minstret
  nop
  nop
  csrr t3, mcycle
  csrr t4, minstret
  sub t1, t3, t1
  sub t2, t4, t2
  or t1, t1, t2
  OUT inhibited, t1
  csrr t1, mcountinhibit
  OUT inhibit, t1
  csrw mcountinhibit, zero
  csrr t0, minstret
  nop
  csrr t1, instret
  sub t1, t1, t0
  OUT user.instret, t1
  csrr t0, mcycle
  nop
  csrr t1, cycle
  sub t1, t1, t0
  OUT user.cycle, t1
  csrr t0, mhpmcounter3
  OUT hpm3, t0
  csrr t0, mhpmevent3
  OUT hpmevent3, t0
  DONE
