# fcsr, frm and fflags are views of one register; bits 63:8 of fcsr are zero; a write of one makes
# FS dirty. (Volume I, "Floating-Point Control and Status Register")
# expect: ones.fcsr=0xff ones.frm=0x7 ones.fflags=0x1f no.flags.fcsr=0xe0 no.flags.frm=0x7
# expect: no.flags.fflags=0x0 frm.fcsr=0x40 frm.frm=0x2 frm.fflags=0x0 flags.fcsr=0x5f
# expect: flags.frm=0x2 flags.fflags=0x1f frm.ones.fcsr=0xff frm.ones.frm=0x7 frm.ones.fflags=0x1f
# expect: bits.fcsr=0xb4 bits.frm=0x5 bits.fflags=0x14 read.fcsr=0x2000 write.fcsr=0x6000
# expect: read.frm=0x2000 write.frm=0x6000 read.fflags=0x2000 write.fflags=0x6000

.include "../common.inc"

.macro SHOW name
  csrr a0, fcsr
  OUT \name\().fcsr, a0
  csrr a0, frm
  OUT \name\().frm, a0
  csrr a0, fflags
  OUT \name\().fflags, a0
.endm

test:
  li t0, -1
  csrw fcsr, t0
  SHOW ones
  csrw fflags, zero
  SHOW no.flags
  csrwi frm, 2
  SHOW frm
  csrw fflags, t0
  SHOW flags
  csrw frm, t0
  SHOW frm.ones
  csrwi fcsr, 0
  csrsi fcsr, 0x15
  csrsi frm, 5
  csrci fflags, 1
  SHOW bits
  # Dirty by each of them
  li t1, MSTATUS_FS
  .irp csr, fcsr, frm, fflags
  csrc mstatus, t1
  li t2, 1 << 13
  csrs mstatus, t2
  csrr a0, \csr
  csrr a1, mstatus
  and a1, a1, t1
  OUT read.\csr, a1
  csrwi \csr, 0
  csrr a1, mstatus
  and a1, a1, t1
  OUT write.\csr, a1
  .endr
  DONE
