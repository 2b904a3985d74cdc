# Sstc's timer comes at the exact instruction, as the CLINT's: see clint-exact.S. S mode takes it,
# delegated, from straight code, a loop, and wfi, from which time jumps. Each result is the smallest or
# largest difference of mcycle in the handler's first instruction and the timer, over 64 timers; and
# the cause.
# cpu: sstc=on
# expect: sled.min=0x1 sled.max=0x1 loop.min=0x1 loop.max=0x1 wfi.min=0x1 wfi.max=0x1
# expect: cause=0x8000000000000005 past=0x20 future=0x0 end.cause=0x9 end.epc=0x0 end.tval=0x0

.include "../common.inc"

.equ MTIME, CLINT + 0xbff8

# `body` runs in S mode until the interrupt. s2, s3: smallest and largest difference, s4: timers left,
# s5: stimecmp, s6: the time of the interrupt.
.macro TIMERS name, body
  li s2, -1
  li s3, 0
  li s4, 64
2:
  la t0, 3f
  csrw stvec, t0
  csrr s5, time
  andi t0, s4, 7
  addi s5, s5, 2
  add s5, s5, t0
  csrr t1, cycle
  csrw 0x14d, s5
  addi t1, t1, 1
  li t0, 100
  divu s6, t1, t0
  sub s6, s5, s6
  mul s6, s6, t0
  add s6, s6, t1
  csrsi sstatus, MSTATUS_SIE
  # Other distances to the timer each time
  andi t0, s4, 3
1:
  addi t0, t0, -1
  bgez t0, 1b
  \body
  .balign 4
3:
  csrr t0, cycle
  sub t0, t0, s6
  bgeu t0, s2, 4f
  mv s2, t0
4:
  bgeu s3, t0, 5f
  mv s3, t0
5:
  addi s4, s4, -1
  bnez s4, 2b
  OUT \name\().min, s2
  OUT \name\().max, s3
.endm

.macro SLED
  .rept 1200
  nop
  .endr
.endm

.macro LOOP
6:
  addi t2, t2, 1
  j 6b
.endm

.macro SLEEP
6:
  wfi
  j 6b
.endm

test:
  li t0, 1 << 63
  csrs menvcfg, t0
  li t0, -1
  csrw mcounteren, t0
  csrw 0x14d, t0
  li t0, 1 << 5
  csrw mideleg, t0
  csrw mie, t0
  ON_TRAP 9f
  ENTER_S
  TIMERS sled, SLED
  TIMERS loop, LOOP
  TIMERS wfi, SLEEP
  csrr a0, scause
  OUT cause, a0
  # Raised at once by a time in the past, and lowered by one in the future
  csrw 0x14d, zero
  csrr a0, sip
  OUT past, a0
  li t0, -1
  csrw 0x14d, t0
  csrr a0, sip
  OUT future, a0
0:
  ecall
  TRAP 9
  OUT_TRAP end, 0b
  DONE
