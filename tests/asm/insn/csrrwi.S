# csrrwi: rd = the CSR, the CSR = the zero-extended 5-bit immediate.
# expect: a0=0x123456789abcdef0 a1=0x15 a2=0x15 a3=0x1f a4=0x9 a5=0x9 a6=0x0 readonly.cause=0x2
# expect: readonly.epc=0x0 readonly.tval=0xf112dbf3 s7=0x63 readonly0.cause=0x2 readonly0.epc=0x0
# expect: readonly0.tval=0xf1105bf3

.include "../common.inc"

test:
  csrw mscratch, zero
  li t5, 0x123456789abcdef0
  csrw mscratch, t5
  csrrwi a0, mscratch, 21
  csrr a1, mscratch
  csrrwi a2, mscratch, 31               # the largest immediate: not sign-extended
  csrr a3, mscratch
  csrrwi zero, mscratch, 9              # rd = x0
  csrr a4, mscratch
  csrrwi a5, mscratch, 0                # immediate 0
  csrr a6, mscratch
  # mvendorid is read-only: a write is illegal, and changes no register.
  li s7, 99
  ON_TRAP 1f
0:
  csrrwi s7, mvendorid, 5
  TRAP 1
  OUT_TRAP readonly, 0b
  li s7, 99
  ON_TRAP 1f
0:
  csrrwi s7, mvendorid, 0               # still a write
  TRAP 1
  OUT_TRAP readonly0, 0b
  DONE
