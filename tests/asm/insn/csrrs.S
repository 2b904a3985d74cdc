# csrrs: rd = the CSR, the CSR's bits that are set in rs1 are set. With rs1 = x0 nothing is
# written, so that a read-only CSR can be read. Another register that holds 0 is a write by the
# manual; QEMU 7.2 goes by the value and reads a read-only CSR with it, and so it is expected
# here. A mask that is not 0 is a write.
# expect: a0=0x123456789abcdef0 a1=0xff34ff78ffbcffff a2=0xff34ff78ffbcffff a3=0xff34ff78ffbcffff
# expect: a4=0xff34ff78ffbcffff a5=0xff34ff78ffbcffff a6=0xff34ff78ffbcffff readonly.cause=0x2
# expect: readonly.epc=0x0 readonly.tval=0xf11eabf3 unchanged=0x63 s7=0x0 s8=0x0

.include "../common.inc"

test:
  csrw mscratch, zero
  li t5, 0x123456789abcdef0
  csrw mscratch, t5
  li t6, 0xff00ff00ff00ff0f
  csrrs a0, mscratch, t6
  csrr a1, mscratch
  csrrs zero, mscratch, t5              # rd = x0
  csrr a2, mscratch
  csrrs a3, mscratch, zero              # rs1 = x0
  csrr a4, mscratch
  li a5, 0xff
  csrrs a5, mscratch, a5                # rd is also rs1: the old value is used
  csrr a6, mscratch
  # mvendorid is read-only: a write is illegal, and changes no register.
  li t4, 8
  li s7, 99
  ON_TRAP 1f
0:
  csrrs s7, mvendorid, t4
  TRAP 1
  OUT_TRAP readonly, 0b
  OUT unchanged, s7
  csrrs s7, mvendorid, zero             # no write: legal
  li s8, 99
  li t4, 0
  csrrs s8, mvendorid, t4
  DONE
