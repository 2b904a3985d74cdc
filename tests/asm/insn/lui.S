# lui: rd = the 20-bit immediate << 12, sign-extended from 32 bits.
# expect: a0=0x0 a1=0x1000 a2=0x7ffff000 a3=0xffffffff80000000 a4=0xfffffffffffff000 a5=0x12345000
# expect: a6=0x1000 a7=0x0

.include "../common.inc"

test:
  lui a0, 0x0                           # zero
  lui a1, 0x1                           # one page
  lui a2, 0x7ffff                       # largest positive
  lui a3, 0x80000                       # sign bit: extended to 64 bits
  lui a4, 0xfffff                       # all ones
  lui a5, 0x12345                       # mixed bits
  li a6, -1
  lui a6, 0x1
  lui zero, 0x12345                     # x0 stays zero
  mv a7, zero
  DONE
