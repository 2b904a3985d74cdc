# The machine timer: mtime counts at 10 MHz of virtual time (with one instruction a nanosecond, a
# tick is a hundred instructions), MTIP is pending while mtime >= mtimecmp, and writing mtimecmp
# takes it back. mtime can be written. The interrupt is taken as cause 7 when mie and mstatus allow
# it.
# expect: reset.mtimecmp=0x0 pending.past=0x80 pending.future=0x0
# expect: taken.cause=0x8000000000000007 taken.tval=0x0 reached=0x1 early=0x0
# expect: masked.mie=0x0 masked.mstatus=0x0
# expect: csr.equals=0x1 ticks=0x64 written=0x1 word=0x1122334455667788 halves=0xaabbccdd55667788

.include "../common.inc"

.equ MTIMECMP, CLINT + 0x4000
.equ MTIME, CLINT + 0xbff8

test:
  li s0, MTIMECMP
  li s1, MTIME
  ld t0, 0(s0)
  OUT reset.mtimecmp, t0
  sd zero, 0(s0)
  csrr t0, mip
  andi t0, t0, 0x80
  OUT pending.past, t0
  li t0, -1
  sd t0, 0(s0)
  csrr t0, mip
  andi t0, t0, 0x80
  OUT pending.future, t0
  # Wait in a loop for a time 20 ticks ahead; the interrupt ends it.
  ON_TRAP 1f
  li t0, 0x80
  csrw mie, t0
  ld s2, 0(s1)
  addi s2, s2, 20
  sd s2, 0(s0)
  csrsi mstatus, MSTATUS_MIE
  li t1, 100000
0:
  addi t1, t1, -1
  bnez t1, 0b
  TRAP 1
  ld s3, 0(s1)
  csrr t0, mcause
  OUT taken.cause, t0
  csrr t0, mtval
  OUT taken.tval, t0
  # mtime has reached mtimecmp, and was not far beyond.
  sltu t0, s3, s2
  xori t0, t0, 1
  OUT reached, t0
  addi t1, s2, 2
  sltu t0, t1, s3
  OUT early, t0
  # Still pending, but masked by mie, or by mstatus.
  ON_TRAP 1f
  csrw mie, zero
  csrsi mstatus, MSTATUS_MIE
  nop
  nop
  TRAP 1
  csrr t0, mcause
  OUT masked.mie, t0
  csrci mstatus, MSTATUS_MIE
  ON_TRAP 1f
  li t0, 0x80
  csrw mie, t0
  nop
  nop
  TRAP 1
  csrr t0, mcause
  OUT masked.mstatus, t0
  csrw mie, zero
  # The time CSR and mtime are the same clock.
1:
  ld t0, 0(s1)
  csrr t1, time
  ld t2, 0(s1)
  bne t0, t2, 1b
  xor t0, t0, t1
  seqz t0, t0
  OUT csr.equals, t0
  # From one tick to the next: two instructions a round.
  csrr t0, time
1:
  csrr t1, time
  beq t0, t1, 1b
  csrr t2, minstret
2:
  csrr t3, time
  beq t1, t3, 2b
  csrr t4, minstret
  sub t4, t4, t2
  # 100 instructions, rounded to whole rounds
  addi t4, t4, -97
  sltiu t4, t4, 7
  li t0, 100
  mul t0, t0, t4
  OUT ticks, t0
  # Writing mtime
  li t0, 0x100000000
  sd t0, 0(s1)
  ld t1, 0(s1)
  sub t1, t1, t0
  sltiu t0, t1, 4
  OUT written, t0
  # mtimecmp by words
  li t0, 0x1122334455667788
  sd t0, 0(s0)
  ld t0, 0(s0)
  OUT word, t0
  li t0, 0xaabbccdd
  sw t0, 4(s0)
  ld t0, 0(s0)
  OUT halves, t0
  DONE
