# Rounding modes: 5 and 6 in the instruction are reserved, and so are 5, 6 and 7 in frm when the
# instruction's mode is dynamic: illegal instruction. Instructions that cannot round take any frm.
# fflags, frm and fcsr are views of each other; fcsr has eight bits.
# expect: static5=0x2 static6=0x2 frm5=0x2 frm6=0x2 frm7=0x2 frm5.static=0x0 frm5.fmv=0x0
# expect: frm5.fsgnj=0x0 frm5.fcvt.d.w=0x2
# expect: ones.fcsr=0xff ones.frm=0x7 ones.fflags=0x1f frm.fcsr=0x60 fflags.fcsr=0x75

.include "../common.inc"

.macro TRY name, insn:vararg
  ON_TRAP 1f
  \insn
  TRAP 1
  csrr t5, mcause
  OUT \name, t5
.endm

test:
  TRY static5, .4byte 0x02b55553        # fadd.d fa0, fa0, fa1 with rm = 5
  TRY static6, .4byte 0x02b56553        # with rm = 6
  csrwi frm, 5
  TRY frm5, fadd.d fa0, fa0, fa1
  TRY frm5.static, fadd.d fa0, fa0, fa1, rne
  TRY frm5.fmv, fmv.x.d t0, fa0
  TRY frm5.fsgnj, fsgnj.d fa0, fa0, fa0
  TRY frm5.fcvt.d.w, .4byte 0xd2007553  # fcvt.d.w fa0, x0 with the dynamic mode
  csrwi frm, 6
  TRY frm6, fsqrt.s fa0, fa0
  csrwi frm, 7
  TRY frm7, fcvt.w.d t0, fa0
  li t0, -1
  csrw fcsr, t0
  csrr t0, fcsr
  OUT ones.fcsr, t0
  csrr t0, frm
  OUT ones.frm, t0
  csrr t0, fflags
  OUT ones.fflags, t0
  csrw fcsr, zero
  csrwi frm, 3
  csrr t0, fcsr
  OUT frm.fcsr, t0
  csrwi fflags, 0x15
  csrr t0, fcsr
  OUT fflags.fcsr, t0
  csrw fcsr, zero
  DONE
