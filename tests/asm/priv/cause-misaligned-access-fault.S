# A misaligned access that no memory answers. As QEMU 7.2 does it: a load is two aligned ones, so that
# mtval is the address rounded down; a store is done bytewise, so that mtval is the address.
# expect: lw.cause=0x5 lw.tval=0x50000 ld.cause=0x5 ld.tval=0x50008 lh.cause=0x5 lh.tval=0x50002
# expect: sw.cause=0x7 sw.tval=0x50002 sd.cause=0x7 sd.tval=0x5000a sh.cause=0x7 sh.tval=0x50003
# expect: fld.cause=0x5 fld.tval=0x50000
# Aligned ones have the address itself:
# expect: lb.cause=0x5 lb.tval=0x50003 sb.cause=0x7 sb.tval=0x50003

.include "../common.inc"

.macro TRY name, insn:vararg
  ON_TRAP 1f
  \insn
  TRAP 1
  csrr t5, mcause
  OUT \name\().cause, t5
  csrr t5, mtval
  OUT \name\().tval, t5
.endm

test:
  li s0, 0x50000
  TRY lw, lw t0, 2(s0)
  TRY ld, ld t0, 10(s0)
  TRY lh, lh t0, 3(s0)
  TRY sw, sw t0, 2(s0)
  TRY sd, sd t0, 10(s0)
  TRY sh, sh t0, 3(s0)
  TRY fld, fld ft0, 4(s0)
  TRY lb, lb t0, 3(s0)
  TRY sb, sb t0, 3(s0)
  DONE
