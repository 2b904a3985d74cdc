# mul: rd = the low 64 bits of rs1 * rs2. ("M")
# expect: a0=0x0 a1=0xffffffffffffffff a2=0x7fffffffffffffff a3=0x8000000000000000 a4=0x1
# expect: a5=0x236d88fe5618cf00 a6=0x0 a7=0x7fffffff s0=0xc000000000000000 s1=0x0
# expect: s2=0xfffffffe00000001 s3=0x1 s4=0xc83fb7459e26ae8 s5=0xc83fb7459e26ae8
# expect: s6=0xe2bc81cc1df4d840 s7=0x0 s8=0x0 s9=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  mul a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  mul a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  mul a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  mul a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  mul a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  mul a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  mul a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  mul a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  mul s0, t5, t6
  li t5, 0x100000000                    # 2^32 squared
  li t6, 0x100000000
  mul s1, t5, t6
  li t5, 0xffffffff                     # 2^32-1 squared
  li t6, 0xffffffff
  mul s2, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive squared
  li t6, 0x7fffffffffffffff
  mul s3, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s4, t5
  mul s4, s4, t6
  mv s5, t6
  mul s5, t5, s5
  mv s6, t5
  mul s6, s6, s6
  mul s7, t5, zero
  mul s8, zero, t6
  mul zero, t5, t6
  mv s9, zero
  DONE
