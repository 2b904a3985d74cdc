# auipc: rd = pc + (the 20-bit immediate << 12, sign-extended). Results less the first pc.
# expect: a0=0x0 a1=0x1004 a2=0x7ffff008 a3=0xffffffff8000000c a4=0xfffffffffffff010 a5=0x0

.include "../common.inc"

test:
1:
  auipc a0, 0x0                         # the pc itself
  auipc a1, 0x1                         # one page
  auipc a2, 0x7ffff                     # largest positive
  auipc a3, 0x80000                     # 2 GiB back
  auipc a4, 0xfffff                     # one page back
  la t6, 1b
  sub a0, a0, t6
  sub a1, a1, t6
  sub a2, a2, t6
  sub a3, a3, t6
  sub a4, a4, t6
  auipc zero, 0x12345                   # x0 stays zero
  mv a5, zero
  DONE
