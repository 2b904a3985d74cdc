# lr.d: rd = the double word in memory, and reserves it. ("A", "Load-Reserved/Store-
# Conditional")
# expect: a0=0x80000001deadbeef a1=0x7fffffff12345678 a2=0x1122334455667788 a3=0x1122334455667788
# expect: a4=0x0 a5=0x0 a6=0x5 s2=0x1122334455667788

.include "../common.inc"

test:
  la s0, cells
  lr.d a0, (s0)
  addi t5, s0, 8
  lr.d.aq a1, (t5)
  addi t5, s0, 16
  lr.d.aqrl a2, (t5)
  # The destination is the address.
  addi a3, s0, 16
  lr.d a3, (a3)
  # x0 as the destination: the reservation is made.
  lr.d zero, (s0)
  mv a4, zero
  li t6, 5
  sc.d a5, t6, (s0)
  ld a6, 0(s0)
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
