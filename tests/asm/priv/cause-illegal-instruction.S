# Cause 2, illegal instruction: mepc at the instruction, mtval its encoding, 16 bits of a compressed
# one (as QEMU does). The register that it names is not written.
# expect: zeros.cause=0x2 zeros.epc=0x0 zeros.tval=0x0
# expect: ones.cause=0x2 ones.epc=0x0 ones.tval=0xffffffff
# expect: opcode.cause=0x2 opcode.epc=0x0 opcode.tval=0x57
# expect: funct.cause=0x2 funct.epc=0x0 funct.tval=0x40b51533
# expect: amo.cause=0x2 amo.epc=0x0 amo.tval=0x50b5252f
# expect: shift.cause=0x2 shift.epc=0x0 shift.tval=0x0205151b
# expect: load.cause=0x2 load.epc=0x0 load.tval=0x7503
# expect: branch.cause=0x2 branch.epc=0x0 branch.tval=0x2063
# expect: csr.cause=0x2 csr.epc=0x0 csr.tval=0x80002573
# expect: csr.funct.cause=0x2 csr.funct.epc=0x0 csr.funct.tval=0x30004573
# expect: half.cause=0x2 half.epc=0x0 half.tval=0xffffffff
# expect: a0=0x2a

.include "../common.inc"

.macro ILLEGAL name, encoding
  ON_TRAP 1f
0:
  .4byte \encoding
  TRAP 1
  OUT_TRAP \name, 0b
.endm

test:
  li a0, 42
  li a1, 7
  ILLEGAL zeros, 0
  ILLEGAL ones, 0xffffffff
  ILLEGAL opcode, 0x00000057
  # sll with funct7 = 0x20
  ILLEGAL funct, 0x40b51533
  # An AMO with an unassigned funct5
  ILLEGAL amo, 0x50b5252f
  # slliw by 32
  ILLEGAL shift, 0x0205151b
  # funct3 = 7 of loads
  ILLEGAL load, 0x00007503
  # funct3 = 2 of branches
  ILLEGAL branch, 0x00002063
  # An unassigned CSR
  ILLEGAL csr, 0x80002573
  # funct3 = 4 of SYSTEM, without the hypervisor extension
  ILLEGAL csr.funct, 0x30004573
  # Not aligned to four bytes
  ON_TRAP 1f
  j 0f
  .option rvc
  .balign 4
  c.nop
0:
  .4byte 0xffffffff
  c.nop
  .option norvc
  TRAP 1
  OUT_TRAP half, 0b
  DONE
