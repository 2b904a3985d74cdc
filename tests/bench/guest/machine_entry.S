// Bare metal in M mode: entry from reset, and the trap vector.
#include "tests/bench/guest/runtime.h"
#include "tests/bench/guest/trap.inc"

  .section .text.boot, "ax"
  .globl boot
boot:
  la sp, runtime_stack_top
  li t0, 0x6000
  csrs mstatus, t0
  la t0, machine_trap_entry
  csrw mtvec, t0
  csrw mscratch, sp
  la a0, program_stack_top
  call machine_begin
  mv sp, a0
  j _start

  .balign 4
machine_trap_entry:
  TRAP_ENTRY m, machine_trap, mret

  .section .bss
  .balign 16
  .zero 4096
runtime_stack_top:
  .zero 65536
program_stack_top:
