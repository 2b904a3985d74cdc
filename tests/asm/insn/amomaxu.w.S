# amomaxu.w: rd = memory, sign-extended from 32 bits; memory = the larger of memory and rs2,
# unsigned. ("A", atomic memory operations)
# expect: a0=0x5 a1=0xa5a5a5a500000005 a2=0xffffffff80000001 a3=0xa5a5a5a580000001 a4=0x1
# expect: a5=0xa5a5a5a5ffffffff a6=0x7fffffff a7=0xa5a5a5a57fffffff s1=0x12345678
# expect: s2=0xa5a5a5a576543210 s3=0xffffffff80000003 s4=0x800000035a5a5a5a s5=0x9 s6=0x6 s7=0x9
# expect: s8=0x6 s9=0x9

.include "../common.inc"

test:
  la s0, cells
  addi t5, s0, 0
  li t6, 0x3
  amomaxu.w a0, t6, (t5)
  ld a1, 0(t5)
  addi t5, s0, 8                        # negative memory
  li t6, 0x1
  amomaxu.w.aq a2, t6, (t5)
  ld a3, 0(t5)
  addi t5, s0, 16                       # minus one
  li t6, 0xffffffffffffffff
  amomaxu.w.rl a4, t6, (t5)
  ld a5, 0(t5)
  addi t5, s0, 24                       # largest positive
  li t6, 0x1
  amomaxu.w.aqrl a6, t6, (t5)
  ld a7, 0(t5)
  addi t5, s0, 32                       # mixed bits
  li t6, 0xfedcba9876543210
  amomaxu.w s1, t6, (t5)
  ld s2, 0(t5)
  addi t5, s0, 44                       # the high word of a double word
  li t6, 0x700000001
  amomaxu.w s3, t6, (t5)
  ld s4, -4(t5)
  # The destination is x0, the data, or the address.
  addi t5, s0, 48
  li t6, 9
  amomaxu.w zero, t6, (t5)
  ld s5, 0(t5)
  addi t5, s0, 56
  li s6, 9
  amomaxu.w s6, s6, (t5)
  ld s7, 0(t5)
  addi t5, s0, 64
  mv s8, t5
  amomaxu.w s8, t6, (s8)
  ld s9, 0(t5)
  DONE

.section .data
.balign 8
cells:
  .dword 0xa5a5a5a500000005
  .dword 0xa5a5a5a580000001
  .dword 0xa5a5a5a500000001
  .dword 0xa5a5a5a57fffffff
  .dword 0xa5a5a5a512345678
  .dword 0x800000035a5a5a5a
  .dword 0x6
  .dword 0x6
  .dword 0x6
