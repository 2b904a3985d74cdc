# lr.w: rd = the word in memory, sign-extended, and reserves it. ("A", "Load-Reserved/Store-
# Conditional")
# expect: a0=0xffffffffdeadbeef a1=0x12345678 a2=0x55667788 a3=0x55667788 a4=0x0 a5=0x0 a6=0x5
# expect: a7=0xffffffff80000001 s1=0x8000000100000005 s2=0x1122334455667788

.include "../common.inc"

test:
  la s0, cells
  lr.w a0, (s0)
  addi t5, s0, 8
  lr.w.aq a1, (t5)
  addi t5, s0, 16
  lr.w.aqrl a2, (t5)
  # The destination is the address.
  addi a3, s0, 16
  lr.w a3, (a3)
  # x0 as the destination: the reservation is made.
  lr.w zero, (s0)
  mv a4, zero
  li t6, 5
  sc.w a5, t6, (s0)
  lwu a6, 0(s0)
  # The high half of a double word.
  addi t5, s0, 4
  lr.w a7, (t5)
  ld s1, 0(s0)
  # Memory is not changed by it.
  ld s2, 16(s0)
  DONE

.section .data
.balign 16
cells:
  .dword 0x80000001deadbeef
  .dword 0x7fffffff12345678
  .dword 0x1122334455667788
  .dword 0
