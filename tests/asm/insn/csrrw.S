# csrrw: rd = the CSR, the CSR = rs1. With rd = x0 the CSR is written all the same; rd and rs1
# may be the same register.
# expect: a0=0x123456789abcdef0 a1=0xff00ff00ff00ff0f a2=0x123456789abcdef0 a3=0x123456789abcdef0
# expect: a4=0x0 a5=0x0 a6=0xff readonly.cause=0x2 readonly.epc=0x0 readonly.tval=0xf11e9bf3 s7=0x63
# expect: readonly0.cause=0x2 readonly0.epc=0x0 readonly0.tval=0xf1101bf3

.include "../common.inc"

test:
  csrw mscratch, zero
  li t5, 0x123456789abcdef0
  csrw mscratch, t5
  li t6, 0xff00ff00ff00ff0f
  csrrw a0, mscratch, t6
  csrr a1, mscratch
  csrrw zero, mscratch, t5              # rd = x0
  csrr a2, mscratch
  csrrw a3, mscratch, zero              # rs1 = x0
  csrr a4, mscratch
  li a5, 0xff
  csrrw a5, mscratch, a5                # rd is also rs1: the old value is used
  csrr a6, mscratch
  # mvendorid is read-only: a write is illegal, and changes no register.
  li s7, 99
  ON_TRAP 1f
0:
  csrrw s7, mvendorid, t4
  TRAP 1
  OUT_TRAP readonly, 0b
  li s7, 99
  ON_TRAP 1f
0:
  csrrw s7, mvendorid, zero             # still a write
  TRAP 1
  OUT_TRAP readonly0, 0b
  DONE
