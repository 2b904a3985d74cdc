# Entry of the benchmark guests: M mode, floating point on, stack, main(), then power-off with its result
# (0: pass, else a failure code) through the test finisher.
  .section .text.init, "ax"
  .globl _start
_start:
  la sp, stack_top
  li t0, 0x6000
  csrs mstatus, t0
  call main
  li t0, 0x100000
  li t1, 0x5555
  beqz a0, 1f
  slli a0, a0, 16
  li t1, 0x3333
  or t1, t1, a0
1:
  sw t1, 0(t0)
2:
  j 2b
  .section .bss
  .balign 16
  .zero 65536
stack_top:
