# Sstc: mip.STIP is high from mtime >= stimecmp on. stimecmp is 0 at reset, and may be touched in M
# mode always, in S mode if menvcfg.STCE and mcounteren.TM are set, in U mode never. With STCE the
# software cannot write STIP through mip. On QEMU 7.2, which decides, the comparison drives STIP also
# without STCE, and is one with the bit that software writes then: a write of stimecmp sets or clears
# it. (Volume II, "Sstc")
# cpu: sstc=on
# expect: reset=0x0 menvcfg=0x0 stip.reset=0x0 far=0x0 past=0x20 cleared=0x0 lowered=0x0 set=0x20
# expect: stce=0x20 stce.lowered=0x0 stce.set=0x0 stce.cleared=0x20 stce.written=0x20 sip=0x20
# expect: sip.written=0x20 no.tm.cause=0x2 no.tm.epc=0x0 no.tm.tval=0x14d02573 no.stce.cause=0x2
# expect: no.stce.epc=0x0 no.stce.tval=0x14d01073 u.cause=0x2 u.epc=0x0 u.tval=0x14d02573
# expect: s.cause=0x9 s.epc=0x0 s.tval=0x0 s.read=0x123456789abcdef0

.include "../common.inc"

.equ STCE, 1 << 63
.equ STIP, 1 << 5

.macro OUT_STIP name, csr=mip
  csrr a0, \csr
  andi a0, a0, STIP
  OUT \name, a0
.endm

test:
  csrr a0, 0x14d
  OUT reset, a0
  csrr a0, menvcfg
  OUT menvcfg, a0
  OUT_STIP stip.reset
  li s0, -1
  li s1, STIP
  li s2, STCE
  csrw 0x14d, s0
  OUT_STIP far
  csrw 0x14d, zero
  OUT_STIP past
  csrc mip, s1
  OUT_STIP cleared
  csrs mip, s1
  csrw 0x14d, s0
  OUT_STIP lowered
  csrs mip, s1
  OUT_STIP set
  # STCE on: what was set stays until stimecmp is written.
  csrs menvcfg, s2
  OUT_STIP stce
  csrw 0x14d, s0
  OUT_STIP stce.lowered
  csrs mip, s1
  OUT_STIP stce.set
  csrw 0x14d, zero
  csrc mip, s1
  OUT_STIP stce.cleared
  csrw mip, zero
  OUT_STIP stce.written
  # sip.STIP is read-only.
  li t0, STIP
  csrw mideleg, t0
  OUT_STIP sip, sip
  csrw sip, zero
  OUT_STIP sip.written, sip
  csrw mideleg, zero
  csrw 0x14d, s0

  # From S and U mode
  csrw mcounteren, zero
  ON_TRAP 1f
  ENTER_S
0:
  csrr a0, 0x14d
  TRAP 1
  OUT_TRAP no.tm, 0b
  csrwi mcounteren, 2
  csrc menvcfg, s2
  ON_TRAP 1f
  ENTER_S
0:
  csrw 0x14d, zero
  TRAP 1
  OUT_TRAP no.stce, 0b
  csrs menvcfg, s2
  ON_TRAP 1f
  ENTER_U
0:
  csrr a0, 0x14d
  TRAP 1
  OUT_TRAP u, 0b
  ON_TRAP 1f
  ENTER_S
  li a1, 0x123456789abcdef0
  csrw 0x14d, a1
  csrr a1, 0x14d
0:
  ecall
  TRAP 1
  OUT_TRAP s, 0b
  OUT s.read, a1
  DONE
