# Four harts run the same code, each on a cell of its own: a sum that overflows 32 bits, an sc without
# a reservation, a store of a half word, and a trap. What came out goes into a sum that all of them
# read afterwards, so that a wrong result of one hart reaches the others too. `NAME_guilty` is the
# instruction that the fault NAME (with _ for -) breaks.

.section .text.init, "ax"
.globl _start
_start:
  la t0, handler
  csrw mtvec, t0
  li t0, 0x6000
  csrs mstatus, t0
  csrr s2, mhartid
  la s3, cells
  slli t0, s2, 6
  add s3, s3, t0
  la s4, sum
  # Every digest group has changed.
  li s0, 300
1:
  fcvt.d.l fa0, s0
  fmul.d fa1, fa0, fa0
  csrw mscratch, s0
  sd s0, 0(s3)
  ld t2, 0(s3)
  xor s1, s1, t2
  addi s0, s0, -1
  bnez s0, 1b

.macro MEET count
  la t0, met
  li t1, 1
  amoadd.d.aqrl zero, t1, (t0)
2:
  ld t1, 0(t0)
  addi t1, t1, -(\count)
  bltz t1, 2b
.endm

  MEET 4
  lui a1, 0x40000
  mv a2, a1
addw_keeps_high_guilty:
  addw a0, a1, a2
  amoadd.d zero, a0, (s4)

  lr.d a0, (s3)
  sc.d a2, a0, (s3)
  li a3, 77
sc_always_succeeds_guilty:
  sc.d a0, a3, (s3)
  amoadd.d zero, a0, (s4)

  li a3, 0x12345678
sh_stores_word_guilty:
  sh a3, 8(s3)
  ld a0, 8(s3)
  amoadd.d zero, a0, (s4)

epc_plus_two_guilty:
  ecall
  amoadd.d zero, t6, (s4)

  MEET 8
  ld s5, 0(s4)
  li s0, 100
3:
  add s1, s1, s5
  addi s0, s0, -1
  bnez s0, 3b
  MEET 12
  bnez s2, 4f
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
4:
  wfi
  j 4b

# Skips the trapping instruction.
  .balign 4
handler:
  csrr t6, mepc
  addi t6, t6, 4
  csrw mepc, t6
  mret

  .section .bss
  .balign 64
cells:
  .zero 256
sum:
  .zero 64
met:
  .zero 64
