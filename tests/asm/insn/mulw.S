# mulw: rd = the low 32 bits of the product, sign-extended.
# expect: a0=0x0 a1=0xffffffffffffffff a2=0xffffffffffffffff a3=0x0 a4=0x1 a5=0x5618cf00 a6=0x0
# expect: a7=0x7fffffff s0=0x0 s1=0x0 s2=0x1 s3=0x1 s4=0x59e26ae8 s5=0x59e26ae8 s6=0x1df4d840 s7=0x0
# expect: s8=0x0 s9=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  mulw a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  mulw a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  mulw a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  mulw a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  mulw a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  mulw a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  mulw a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  mulw a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  mulw s0, t5, t6
  li t5, 0x100000000                    # 2^32 squared
  li t6, 0x100000000
  mulw s1, t5, t6
  li t5, 0xffffffff                     # 2^32-1 squared
  li t6, 0xffffffff
  mulw s2, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive squared
  li t6, 0x7fffffffffffffff
  mulw s3, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s4, t5
  mulw s4, s4, t6
  mv s5, t6
  mulw s5, t5, s5
  mv s6, t5
  mulw s6, s6, s6
  mulw s7, t5, zero
  mulw s8, zero, t6
  mulw zero, t5, t6
  mv s9, zero
  DONE
