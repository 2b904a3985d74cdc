# Every way to leave a translation block before its end, several times over, under timer interrupts:
# device accesses, loads and AMOs that fault, ECALL, EBREAK, illegal instructions, instruction fetches
# that fault, page faults in S mode, instructions that cross a page, stores to the code.
# Prints "done\n" and powers off with exit code 7.

  .section .text.init, "ax"
  .globl _start, middle, last
_start:
  la sp, stack_top
  la t0, trap
  csrw mtvec, t0
  li s10, 0             # interrupts taken
  li s9, 0              # exceptions taken
  li s8, 40             # rounds
  # A timer interrupt every 37 ticks of 10 MHz: every 3700 instructions.
  li t0, 0x80
  csrw mie, t0
  call set_timer
  csrsi mstatus, 8

round:
  # Device accesses in the middle of a block.
  li a0, 0x10000000
  addi s0, s0, 1
  lbu t0, 5(a0)
  addi s1, s1, 3
  xor s2, s2, s1
  lbu t1, 7(a0)
  sb s2, 7(a0)
  add s3, s3, t0
  add s3, s3, t1
  li a1, 0x200bff8
  ld t2, 0(a1)
  add s4, s4, t2
  # Faults in the middle of a block.
  addi s1, s1, 1
  lw t0, 0(zero)
  addi s1, s1, 1
  la t1, data
  addi t1, t1, 1
  amoadd.w t0, s1, (t1)
  addi s1, s1, 1
  sd s1, 0(zero)
  c.addi s1, 1
  addi s1, s1, 1
  ecall
  addi s1, s1, 1
  ebreak
  c.ebreak
middle:
  addi s1, s1, 1
  .word 0xffffffff
  addi s1, s1, 1
  csrr t0, 0x7ff
  addi s1, s1, 1
  # Fetches that fault: from nowhere, and from beyond the end of RAM.
  li t0, 0x8000000
  jalr t0
  addi s1, s1, 1
  li t0, 0x1000000000
  jalr t0
  # Instructions at the end of a page.
  jal ra, crossing
  jal ra, crossing2
  # The code changes.
  la t0, patched
  lw t1, 0(t0)
  xor t1, t1, s7
  sw t1, 0(t0)
  fence.i
  jal ra, patched
  li t0, 1 << 20
  xor s7, s7, t0        # addi s6, s6, 1 turns into addi s6, s6, 0 and back
  jal ra, paged
  # A loop that a timer interrupt cuts anywhere.
  li t0, 150
1:
  addi t0, t0, -1
  mul s5, s5, t0
  add s5, s5, t0
  bnez t0, 1b
  addi s8, s8, -1
  bnez s8, round

  csrci mstatus, 8
  la a1, text
2:
  lbu t0, 0(a1)
  beqz t0, 3f
  sb t0, 0(a0)
  addi a1, a1, 1
  j 2b
3:
  li t0, 0x100000
  li t1, 0x73333
last:
  sw t1, 0(t0)
4:
  j 4b

  .option push
  .option norvc
patched:
  addi s6, s6, 1
  .option pop
  ret

# Into S mode with Sv39, where data_va is not mapped and the last page is not executable.
paged:
  mv s11, ra
  la t0, root_table
  li t1, 0xcf                               # VA 0: the same, devices
  sd t1, 0(t0)
  li t1, (0x80000000 >> 2) | 0xcf
  sd t1, 16(t0)
  li t1, -1
  csrw pmpaddr0, t1
  li t1, 0x1f
  csrw pmpcfg0, t1
  srli t0, t0, 12
  li t1, 8 << 60
  or t0, t0, t1
  csrw satp, t0
  sfence.vma
  csrci mstatus, 8
  li t0, 0x1800
  csrc mstatus, t0
  li t0, 0x880                              # MPP = S, MPIE
  csrs mstatus, t0
  la t0, 5f
  csrw mepc, t0
  mret
5:
  addi s1, s1, 1
  li t0, 0x40000000
  ld t1, 8(t0)                              # load page fault
  addi s1, s1, 1
  sh s1, 6(t0)                              # store page fault
  jalr t0                                   # fetch page fault
  li t0, 0x8000000000000000
  lb t1, 0(t0)                              # not canonical
  li a7, 1
  ecall                                     # back to M mode
  li a7, 0
  csrw satp, zero
  sfence.vma
  jr s11

  .balign 4
trap:
  csrw mscratch, t0
  csrr t0, mcause
  bltz t0, interrupt
  addi s9, s9, 1
  addi t0, t0, -1
  beqz t0, fetch                            # 1: fetch access fault
  addi t0, t0, -8
  beqz t0, from_s                           # 9: ecall from S
  addi t0, t0, -3
  beqz t0, fetch                            # 12: fetch page fault
skip:
  sd t1, -8(sp)
  csrr t0, mepc
  lhu t1, 0(t0)
  andi t1, t1, 3
  addi t1, t1, -3
  addi t0, t0, 2
  bnez t1, 6f
  addi t0, t0, 2
6:
  csrw mepc, t0
  ld t1, -8(sp)
  csrr t0, mscratch
  mret
fetch:
  csrw mepc, ra
  csrr t0, mscratch
  mret
from_s:
  li t0, 0x1800
  csrs mstatus, t0
  j skip
interrupt:
  addi s10, s10, 1
  sd ra, -16(sp)
  sd t1, -24(sp)
  call set_timer
  ld t1, -24(sp)
  ld ra, -16(sp)
  csrr t0, mscratch
  mret

set_timer:
  li t0, 0x200bff8
  ld t1, 0(t0)
  addi t1, t1, 37
  li t0, 0x2004000
  sd t1, 0(t0)
  ret

  # A 4-byte instruction over a page's end, and a 2-byte one that ends it.
  .balign 4096
  .skip 4096 - 10
crossing:
  c.addi s1, 5
  c.addi s1, 1
  addi s1, s1, 100      # 4 bytes
  addi s1, s1, 200      # at 0xffe, 4 bytes
  addi s1, s1, 300
  ret
  .balign 4096
  .skip 4096 - 8
crossing2:
  addi s1, s1, 100      # 4 bytes
  c.addi s1, 1
  c.addi s1, 1          # at 0xffe
  addi s1, s1, 300
  ret

  .data
text:
  .asciz "done\n"
  .balign 16
data:
  .dword 0, 0
  .bss
  .balign 4096
root_table:
  .zero 4096
stack:
  .zero 1024
stack_top:
