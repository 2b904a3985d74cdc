# mulh: rd = the high 64 bits of the signed product.
# expect: a0=0x0 a1=0xffffffffffffffff a2=0x0 a3=0x0 a4=0x0 a5=0xffeb49923cc09532
# expect: a6=0x4000000000000000 a7=0x0 s0=0xffffffffffffffff s1=0x1 s2=0x0 s3=0x3fffffffffffffff
# expect: s4=0xfffffffffffffff7 s5=0xfffffffffffffff7 s6=0x38d16e98c67d375b s7=0x0 s8=0x0 s9=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  mulh a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  mulh a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  mulh a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  mulh a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  mulh a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  mulh a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  mulh a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  mulh a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  mulh s0, t5, t6
  li t5, 0x100000000                    # 2^32 squared
  li t6, 0x100000000
  mulh s1, t5, t6
  li t5, 0xffffffff                     # 2^32-1 squared
  li t6, 0xffffffff
  mulh s2, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive squared
  li t6, 0x7fffffffffffffff
  mulh s3, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s4, t5
  mulh s4, s4, t6
  mv s5, t6
  mulh s5, t5, s5
  mv s6, t5
  mulh s6, s6, s6
  mulh s7, t5, zero
  mulh s8, zero, t6
  mulh zero, t5, t6
  mv s9, zero
  DONE
