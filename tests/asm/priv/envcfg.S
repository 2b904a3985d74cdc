# menvcfg and senvcfg: the fields that there are on QEMU 7.2: FIOM, CBIE, CBCFE, CBZE, and of menvcfg
# PBMTE and STCE, whichever extensions the hart has. senvcfg is no business of U mode, menvcfg none
# of S mode. (Volume II, "Machine Environment Configuration Registers")
# expect: m.reset=0x0 s.reset=0x0 m.ones=0xc0000000000000f1 s.ones=0xf1 s.kept=0xf1 s.cbie=0x10
# expect: m.from.s.cause=0x2 m.from.s.epc=0x0 m.from.s.tval=0x30a02573 s.from.u.cause=0x2
# expect: s.from.u.epc=0x0 s.from.u.tval=0x10a02573 s.from.s=0x1

.include "../common.inc"

.macro ILLEGAL name, mode, insn:vararg
  ON_TRAP 1f
  \mode
0:
  \insn
  TRAP 1
  OUT_TRAP \name, 0b
.endm

test:
  csrr a0, menvcfg
  OUT m.reset, a0
  csrr a0, senvcfg
  OUT s.reset, a0
  li t0, -1
  csrw menvcfg, t0
  csrr a0, menvcfg
  OUT m.ones, a0
  csrw senvcfg, t0
  csrr a0, senvcfg
  OUT s.ones, a0
  csrw menvcfg, zero
  csrr a0, senvcfg
  OUT s.kept, a0
  csrwi senvcfg, 0x10
  csrr a0, senvcfg
  OUT s.cbie, a0
  ILLEGAL m.from.s, ENTER_S, csrr a0, menvcfg
  ILLEGAL s.from.u, ENTER_U, csrr a0, senvcfg
  ON_TRAP 2f
  ENTER_S
  csrwi senvcfg, 1
  csrr a1, senvcfg
0:
  ecall
  TRAP 2
  OUT s.from.s, a1
  DONE
