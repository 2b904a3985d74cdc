// U mode under Sv39: entry from reset in M mode, what remains there (the timer, for S mode), and
// the trap vector of S mode.
#include "tests/bench/guest/runtime.h"
#include "tests/bench/guest/trap.inc"

  .section .text.boot, "ax"
  .globl boot
boot:
  la sp, runtime_stack_top
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  la t0, timer_entry
  csrw mtvec, t0
  la t0, timer_scratch
  csrw mscratch, t0
  li t0, 0xb100  // calls and page faults of U mode, for S mode
  csrw medeleg, t0
  li t0, 0x20  // the timer of S mode
  csrw mideleg, t0
  li t0, 7  // U mode reads cycle, time and instret
  csrw mcounteren, t0
  csrw scounteren, t0
  li t0, 0x1800
  csrc mstatus, t0
  li t0, 0x46800  // to S mode, floating point on, S mode may read what is U mode's
  csrs mstatus, t0
  la t0, supervisor_boot
  csrw mepc, t0
  mret

supervisor_boot:
  la t0, supervisor_trap_entry
  csrw stvec, t0
  csrw sscratch, sp
  call supervisor_begin  // a0: the program's sp
  li t0, 0x100
  csrc sstatus, t0  // to U mode, interrupts on
  li t0, 0x20
  csrs sstatus, t0
  csrs sie, t0
  ld t0, program_entry
  csrw sepc, t0
  mv sp, a0
  sret

  .balign 4
supervisor_trap_entry:
  TRAP_ENTRY s, supervisor_trap, sret

// From S mode, ecall: the next timer interrupt is at a0. The timer of M mode becomes one of S mode.
  .balign 4
timer_entry:
  csrrw sp, mscratch, sp
  sd t0, 0(sp)
  sd t1, 8(sp)
  csrr t0, mcause
  li t1, 9
  beq t0, t1, 1f
  bgez t0, 2f
  li t1, 0x80
  csrc mie, t1
  li t1, 0x20
  csrs mip, t1
  j 3f
1:
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  li t0, MTIMECMP
  sd a0, 0(t0)
  li t1, 0x20
  csrc mip, t1
  li t1, 0x80
  csrs mie, t1
3:
  ld t0, 0(sp)
  ld t1, 8(sp)
  csrrw sp, mscratch, sp
  mret
2:  // anything else is a fault of the runtime
  slli t0, t0, 16
  li t1, 0x2003333
  or t0, t0, t1
  li t1, FINISHER
  sw t0, 0(t1)
4:
  j 4b

  .section .data
  .balign 8
program_entry:
  .dword _start

  .section .bss
  .balign 16
timer_scratch:
  .zero 16
  .zero 8192
runtime_stack_top:
