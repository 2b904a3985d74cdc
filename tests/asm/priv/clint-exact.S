# A timer interrupt comes at the exact instruction. With one instruction a nanosecond, mcycle is the time
# in nanoseconds and mtime that time divided by 100. A store to mtimecmp at time `now` sets the timer,
# as on QEMU, to now + 100 x (mtimecmp - mtime), so that what is left of the current tick is waited for
# too; the interrupt is taken before the next instruction. The handler's first instruction reads mcycle,
# which counts itself. Each result is the smallest or largest difference of that and the timer, over 64
# timers: in straight code, a tight loop, a loop with calls, and in wfi, from which time jumps.
# expect: sled.min=0x1 sled.max=0x1 loop.min=0x1 loop.max=0x1 calls.min=0x1 calls.max=0x1
# expect: wfi.min=0x1 wfi.max=0x1

.include "../common.inc"

.equ MTIMECMP, CLINT + 0x4000
.equ MTIME, CLINT + 0xbff8

# `body` runs until the interrupt. s2, s3: smallest and largest difference, s4: timers left, s5: mtimecmp,
# s6: the time of the interrupt.
.macro TIMERS name, body
  li s2, -1
  li s3, 0
  li s4, 64
2:
  ld s5, 0(s1)
  andi t0, s4, 7
  addi s5, s5, 2
  add s5, s5, t0
  csrr t1, mcycle
  sd s5, 0(s0)
  addi t1, t1, 1
  li t0, 100
  divu s6, t1, t0
  sub s6, s5, s6
  mul s6, s6, t0
  add s6, s6, t1
  ON_TRAP 3f
  csrsi mstatus, MSTATUS_MIE
  # Other distances to the timer each time
  andi t0, s4, 3
1:
  addi t0, t0, -1
  bgez t0, 1b
  \body
  TRAP 3
  csrr t0, mcycle
  sub t0, t0, s6
  bgeu t0, s2, 4f
  mv s2, t0
4:
  bgeu s3, t0, 4f
  mv s3, t0
4:
  addi s4, s4, -1
  bnez s4, 2b
  OUT \name\().min, s2
  OUT \name\().max, s3
.endm

.macro straight_code
  .rept 1100
  addi t2, t2, 1
  .endr
.endm
.macro tight_loop
5:
  addi t2, t2, 1
  bnez t2, 5b
.endm
.macro calls
5:
  jal ra, function
  j 5b
.endm
.macro wait_for_it
  wfi
.endm

test:
  li s0, MTIMECMP
  li s1, MTIME
  li t0, 0x80
  csrw mie, t0
  li t2, 1
  TIMERS sled, straight_code
  TIMERS loop, tight_loop
  TIMERS calls, calls
  TIMERS wfi, wait_for_it
  DONE

function:
  addi t2, t2, 1
  mul t3, t2, t2
  ret
