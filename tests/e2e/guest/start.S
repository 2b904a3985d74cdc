# Entry of the bare-metal probes: machine mode, one hart, stack below 0x80100000.
# Traps that a probe expects are recorded in `trap_count`, `trap_cause`, `trap_tval` and skipped
# (faulting instructions are all four bytes long); interrupts go to `on_interrupt`.
  .option norvc
  .section .text.start
  .globl _start
_start:
  li sp, 0x80100000
  la t0, on_trap
  csrw mtvec, t0
  # Counters readable, floating point and everything else off.
  csrw mie, zero
  call main
  # Power off through the test finisher: main's value is the exit code.
  li t0, 0x100000
  beqz a0, 1f
  slli a0, a0, 16
  li t1, 0x3333
  or a0, a0, t1
  sw a0, 0(t0)
1:
  li a0, 0x5555
  sw a0, 0(t0)
2:
  j 2b

  .align 4
on_trap:
  addi sp, sp, -64
  sd t0, 0(sp)
  sd t1, 8(sp)
  sd t2, 16(sp)
  csrr t0, mcause
  la t1, trap_cause
  sd t0, 0(t1)
  csrr t2, mtval
  sd t2, 16(t1)
  csrr t2, mepc
  sd t2, 24(t1)
  ld t2, 8(t1)
  addi t2, t2, 1
  sd t2, 8(t1)
  bltz t0, 3f
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  j 4f
3:
  # An interrupt: leave it pending, disable it, go on.
  andi t0, t0, 63
  li t1, 1
  sll t1, t1, t0
  csrc mie, t1
4:
  ld t0, 0(sp)
  ld t1, 8(sp)
  ld t2, 16(sp)
  addi sp, sp, 64
  mret

  .section .data
  .align 3
  .globl trap_cause
  .globl trap_count
  .globl trap_tval
  .globl trap_epc
trap_cause: .dword 0
trap_count: .dword 0
trap_tval: .dword 0
trap_epc: .dword 0
