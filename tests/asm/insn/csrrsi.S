# csrrsi: rd = the CSR, the CSR's bits that are set in the 5-bit immediate are set. With
# immediate 0 nothing is written, so that a read-only CSR can be read.
# expect: a0=0x123456789abcdef0 a1=0x123456789abcdef5 a2=0x123456789abcdef5 a3=0x123456789abcdeff
# expect: a4=0x123456789abcdeff a5=0x123456789abcdeff a6=0x123456789abcdeff readonly.cause=0x2
# expect: readonly.epc=0x0 readonly.tval=0xf110ebf3 unchanged=0x63 s7=0x0

.include "../common.inc"

test:
  csrw mscratch, zero
  li t5, 0x123456789abcdef0
  csrw mscratch, t5
  csrrsi a0, mscratch, 21
  csrr a1, mscratch
  csrrsi a2, mscratch, 31               # the largest immediate: not sign-extended
  csrr a3, mscratch
  csrrsi zero, mscratch, 9              # rd = x0
  csrr a4, mscratch
  csrrsi a5, mscratch, 0                # immediate 0
  csrr a6, mscratch
  # mvendorid is read-only: a write is illegal, and changes no register.
  li t4, 0
  li s7, 99
  ON_TRAP 1f
0:
  csrrsi s7, mvendorid, 1
  TRAP 1
  OUT_TRAP readonly, 0b
  OUT unchanged, s7
  csrrsi s7, mvendorid, 0               # no write: legal
  DONE
