# sc.w: stores the low word of rs2 if the reservation is held, rd = 0; otherwise nothing, rd =
# 1. It is given up either way. ("A", "Load-Reserved/Store-Conditional")
# expect: a0=0x0 a1=0x8000000176543210 a2=0x1 a3=0x8000000176543210 a4=0x1 a5=0x7fffffff12345678
# expect: a6=0x1 a7=0x8000000176543210 s2=0x0 s3=0x7fffffff00000007 s4=0x0 s5=0x8000000100000009
# expect: s6=0x0 s7=0x8000000100000007 s8=0x0 s9=0x800000010000000b

.include "../common.inc"

test:
  la s0, cells
  li t6, 0xfedcba9876543210
  # With a reservation: done, 0.
  lr.w t5, (s0)
  sc.w a0, t6, (s0)
  ld a1, 0(s0)
  # The reservation is used up: not done, 1.
  li t4, 7
  sc.w a2, t4, (s0)
  ld a3, 0(s0)
  # Of another address.
  lr.w t5, (s0)
  addi s1, s0, 8
  sc.w a4, t4, (s1)
  ld a5, 8(s0)
  # ... which uses it up all the same.
  sc.w a6, t4, (s0)
  ld a7, 0(s0)
  # The later of two reservations counts.
  lr.w t5, (s0)
  lr.w t5, (s1)
  sc.w.rl s2, t4, (s1)
  ld s3, 8(s0)
  # rd is also the data.
  lr.w t5, (s0)
  li s4, 9
  sc.w s4, s4, (s0)
  ld s5, 0(s0)
  # rd is also the address.
  mv s6, s0
  lr.w t5, (s0)
  sc.w.aqrl s6, t4, (s6)
  ld s7, 0(s0)
  # rd is x0.
  lr.w t5, (s0)
  li s8, 11
  sc.w zero, s8, (s0)
  mv s8, zero
  ld s9, 0(s0)
  DONE

.section .data
.balign 16
cells:
  .dword 0x80000001deadbeef
  .dword 0x7fffffff12345678
  .dword 0x1122334455667788
  .dword 0
