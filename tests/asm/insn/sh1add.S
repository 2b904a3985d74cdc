# sh1add: rd = rs2 + (rs1 << 1), wrapping at 64 bits.
# expect: a0=0x2 a1=0x3 a2=0xffffffffffffffff a3=0x7ffffffffffffffd a4=0x8000000000000000
# expect: a5=0x23456789abcdeff0 a6=0x2fffffffe a7=0x80000000 s0=0xeca86422468ad03
# expect: s1=0xeca86422468ad03 s2=0x962fc963369d0368 s3=0xeca86422468acf0 s4=0x13 s5=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zba

test:
  li t5, 0x8000000000000001             # nothing added
  li t6, 0x0
  sh1add a0, t5, t6
  li t5, 0x1                            # one
  li t6, 0x1
  sh1add a1, t5, t6
  li t5, 0xffffffffffffffff             # minus one
  li t6, 0x1
  sh1add a2, t5, t6
  li t5, 0x7fffffffffffffff             # the largest numbers
  li t6, 0x7fffffffffffffff
  sh1add a3, t5, t6
  li t5, 0x8000000000000000             # the smallest: bits are shifted out
  li t6, 0x8000000000000000
  sh1add a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  sh1add a5, t5, t6
  li t5, 0xffffffff                     # bit 31 is no sign
  li t6, 0x100000000
  sh1add a6, t5, t6
  li t5, 0x80000000                     # bit 31 alone
  li t6, 0xffffffff80000000
  sh1add a7, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s0, t5
  sh1add s0, s0, t6
  mv s1, t6
  sh1add s1, t5, s1
  mv s2, t5
  sh1add s2, s2, s2
  sh1add s3, t5, zero
  sh1add s4, zero, t6
  sh1add zero, t5, t6
  mv s5, zero
  DONE
