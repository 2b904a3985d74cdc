// Entry of a benchmark program, the same in all settings: the stack is as Linux leaves it (argc,
// argv[0], argv[1], ...), and the end is exit(status).
  .section .text.start, "ax"
  .globl _start
_start:
  ld a0, 0(sp)
  addi a1, sp, 8
  call main
  li a7, 93
  ecall
