# cycle, time and instret are readable in S mode if mcounteren has their bit, in U mode if
# scounteren has it too. Causes: 2 trapped, 8 or 9 went through.
# expect: s.none.cycle=0x2 s.none.time=0x2 s.none.instret=0x2
# expect: s.cycle.cycle=0x9 s.cycle.time=0x2 s.cycle.instret=0x2
# expect: s.all.time=0x9 s.all.instret=0x9
# expect: u.m.cycle=0x2 u.m.time=0x2 u.both.cycle=0x2 u.both.time=0x8 u.both.instret=0x8
# expect: u.s.time=0x2
# expect: m.cycle=0xb

.include "../common.inc"

.macro TRY name, enter, csr
  ON_TRAP 1f
  \enter
  csrr t0, \csr
  ecall
  TRAP 1
  csrr t5, mcause
  OUT \name, t5
.endm

.macro STAY
.endm

test:
  csrw mcounteren, zero
  csrw scounteren, zero
  TRY s.none.cycle, ENTER_S, cycle
  TRY s.none.time, ENTER_S, time
  TRY s.none.instret, ENTER_S, instret
  csrwi mcounteren, 1
  TRY s.cycle.cycle, ENTER_S, cycle
  TRY s.cycle.time, ENTER_S, time
  TRY s.cycle.instret, ENTER_S, instret
  csrwi mcounteren, 7
  TRY s.all.time, ENTER_S, time
  TRY s.all.instret, ENTER_S, instret
  TRY u.m.cycle, ENTER_U, cycle
  TRY u.m.time, ENTER_U, time
  csrwi scounteren, 6
  TRY u.both.cycle, ENTER_U, cycle
  TRY u.both.time, ENTER_U, time
  TRY u.both.instret, ENTER_U, instret
  csrwi mcounteren, 0
  csrwi scounteren, 7
  TRY u.s.time, ENTER_U, time
  TRY m.cycle, STAY, cycle
  DONE
