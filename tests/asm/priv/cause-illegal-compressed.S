# Reserved compressed encodings raise cause 2 with the 16 bits in mtval. ("C", tables of the opcode
# map)
# expect: zero.cause=0x2 zero.epc=0x0 zero.tval=0x0
# expect: addi4spn.cause=0x2 addi4spn.epc=0x0 addi4spn.tval=0x4
# expect: reserved4.cause=0x2 reserved4.epc=0x0 reserved4.tval=0x8000
# expect: addiw.cause=0x2 addiw.epc=0x0 addiw.tval=0x2005
# expect: lui.cause=0x2 lui.epc=0x0 lui.tval=0x6501
# expect: addi16sp.cause=0x2 addi16sp.epc=0x0 addi16sp.tval=0x6101
# expect: subw6.cause=0x2 subw6.epc=0x0 subw6.tval=0x9c41
# expect: subw7.cause=0x2 subw7.epc=0x0 subw7.tval=0x9c61
# expect: lwsp.cause=0x2 lwsp.epc=0x0 lwsp.tval=0x4002
# expect: ldsp.cause=0x2 ldsp.epc=0x0 ldsp.tval=0x6002
# expect: jr.cause=0x2 jr.epc=0x0 jr.tval=0x8002

.include "../common.inc"

.macro ILLEGAL name, encoding
  ON_TRAP 1f
0:
  .2byte \encoding
  .2byte 1
  TRAP 1
  OUT_TRAP \name, 0b
.endm

test:
  ILLEGAL zero, 0x0000
  # c.addi4spn with immediate 0 and a register
  ILLEGAL addi4spn, 0x0004
  # quadrant 0, funct3 = 4
  ILLEGAL reserved4, 0x8000
  # c.addiw with rd = x0
  ILLEGAL addiw, 0x2005
  # c.lui and c.addi16sp with immediate 0
  ILLEGAL lui, 0x6501
  ILLEGAL addi16sp, 0x6101
  # The two free places beside c.subw and c.addw
  ILLEGAL subw6, 0x9c41
  ILLEGAL subw7, 0x9c61
  # c.lwsp, c.ldsp with rd = x0
  ILLEGAL lwsp, 0x4002
  ILLEGAL ldsp, 0x6002
  # c.jr with rs1 = x0
  ILLEGAL jr, 0x8002
  DONE
