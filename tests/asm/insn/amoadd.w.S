# amoadd.w: rd = memory, sign-extended from 32 bits; memory = memory + rs2. ("A", atomic memory
# operations)
# expect: a0=0x5 a1=0xa5a5a5a500000008 a2=0xffffffff80000001 a3=0xa5a5a5a580000002 a4=0x1
# expect: a5=0xa5a5a5a500000000 a6=0x7fffffff a7=0xa5a5a5a580000000 s1=0x12345678
# expect: s2=0xa5a5a5a588888888 s3=0xffffffff80000003 s4=0x800000045a5a5a5a s5=0xf s6=0x6 s7=0xf
# expect: s8=0x6 s9=0xf

.include "../common.inc"

test:
  la s0, cells
  addi t5, s0, 0
  li t6, 0x3
  amoadd.w a0, t6, (t5)
  ld a1, 0(t5)
  addi t5, s0, 8                        # negative memory
  li t6, 0x1
  amoadd.w.aq a2, t6, (t5)
  ld a3, 0(t5)
  addi t5, s0, 16                       # minus one
  li t6, 0xffffffffffffffff
  amoadd.w.rl a4, t6, (t5)
  ld a5, 0(t5)
  addi t5, s0, 24                       # largest positive
  li t6, 0x1
  amoadd.w.aqrl a6, t6, (t5)
  ld a7, 0(t5)
  addi t5, s0, 32                       # mixed bits
  li t6, 0xfedcba9876543210
  amoadd.w s1, t6, (t5)
  ld s2, 0(t5)
  addi t5, s0, 44                       # the high word of a double word
  li t6, 0x700000001
  amoadd.w s3, t6, (t5)
  ld s4, -4(t5)
  # The destination is x0, the data, or the address.
  addi t5, s0, 48
  li t6, 9
  amoadd.w zero, t6, (t5)
  ld s5, 0(t5)
  addi t5, s0, 56
  li s6, 9
  amoadd.w s6, s6, (t5)
  ld s7, 0(t5)
  addi t5, s0, 64
  mv s8, t5
  amoadd.w s8, t6, (s8)
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
