# amomax.d: rd = memory; memory = the larger of memory and rs2, signed. ("A", atomic memory
# operations)
# expect: a0=0x5 a1=0x5 a2=0x8000000000000001 a3=0x1 a4=0x1 a5=0x1 a6=0x7fffffffffffffff
# expect: a7=0x7fffffffffffffff s1=0x123456789abcdef0 s2=0x123456789abcdef0 s3=0x9 s4=0x6 s5=0x9
# expect: s6=0x6 s7=0x9

.include "../common.inc"

test:
  la s0, cells
  addi t5, s0, 0
  li t6, 0x3
  amomax.d a0, t6, (t5)
  ld a1, 0(t5)
  addi t5, s0, 8                        # negative memory
  li t6, 0x1
  amomax.d.aq a2, t6, (t5)
  ld a3, 0(t5)
  addi t5, s0, 16                       # minus one
  li t6, 0xffffffffffffffff
  amomax.d.rl a4, t6, (t5)
  ld a5, 0(t5)
  addi t5, s0, 24                       # largest positive
  li t6, 0x1
  amomax.d.aqrl a6, t6, (t5)
  ld a7, 0(t5)
  addi t5, s0, 32                       # mixed bits
  li t6, 0xfedcba9876543210
  amomax.d s1, t6, (t5)
  ld s2, 0(t5)
  # The destination is x0, the data, or the address.
  addi t5, s0, 48
  li t6, 9
  amomax.d zero, t6, (t5)
  ld s3, 0(t5)
  addi t5, s0, 56
  li s4, 9
  amomax.d s4, s4, (t5)
  ld s5, 0(t5)
  addi t5, s0, 64
  mv s6, t5
  amomax.d s6, t6, (s6)
  ld s7, 0(t5)
  DONE

.section .data
.balign 8
cells:
  .dword 0x5
  .dword 0x8000000000000001
  .dword 0x1
  .dword 0x7fffffffffffffff
  .dword 0x123456789abcdef0
  .dword 0x0
  .dword 0x6
  .dword 0x6
  .dword 0x6
