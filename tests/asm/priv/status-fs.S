# mstatus.FS: Off makes every floating-point instruction, load, store and CSR access illegal; a
# write of a floating-point register or CSR makes it Dirty; reading does not. (Volume II, "Extension
# Context Status") FS is printed as its bits 14:13, before and after, from Initial (0x2000) or Clean
# (0x4000).
# expect: off.fadd=0x2 off.fld=0x2 off.fsd=0x2 off.csr=0x2 off.frm=0x2 off.fmv=0x2 off.c=0x2
# expect: store=0x2000 compare=0x4000 read=0x2000 fmvx=0x4000 fclass=0x4000
# expect: load=0x6000 add=0x6000 csr=0x6000 move=0x6000 convert=0x6000
# A comparison that raises a flag writes fcsr, but QEMU leaves FS as it is:
# expect: flag=0x4000
# SD, bit 63 of mstatus and sstatus, says that FS is Dirty:
# expect: sd.clean=0x0 sd.dirty=0x1 sd.sstatus=0x1

.include "../common.inc"

.macro OFF name, insn:vararg
  ON_TRAP 1f
  \insn
  TRAP 1
  csrr t5, mcause
  OUT \name, t5
.endm

.macro FROM fs, name, insn:vararg
  li t0, MSTATUS_FS
  csrc mstatus, t0
  li t0, \fs
  csrs mstatus, t0
  \insn
  csrr t0, mstatus
  li t1, MSTATUS_FS
  and t0, t0, t1
  OUT \name, t0
.endm

test:
  la s0, cell
  li t0, MSTATUS_FS
  csrc mstatus, t0
  OFF off.fadd, fadd.d fa0, fa0, fa0
  OFF off.fld, fld fa0, 0(s0)
  OFF off.fsd, fsd fa0, 0(s0)
  OFF off.csr, csrr t0, fcsr
  OFF off.frm, csrw frm, zero
  OFF off.fmv, fmv.x.d t0, fa0
  .option rvc
  OFF off.c, c.fld fa0, 0(s0)
  .option norvc
  FROM 0x2000, store, fsd fa0, 0(s0)
  FROM 0x4000, compare, feq.d t0, fa0, fa0
  FROM 0x2000, read, csrr t0, fcsr
  FROM 0x4000, fmvx, fmv.x.d t0, fa0
  FROM 0x4000, fclass, fclass.d t0, fa0
  FROM 0x4000, load, fld fa0, 0(s0)
  FROM 0x2000, add, fadd.d fa0, fa0, fa0
  FROM 0x4000, csr, csrw frm, zero
  FROM 0x4000, move, fmv.d.x fa0, t0
  FROM 0x4000, convert, fcvt.d.w fa0, t0
  li t0, 0x7ff0000000000001
  fmv.d.x fa0, t0
  FROM 0x4000, flag, feq.d t0, fa0, fa0
  li t0, MSTATUS_FS
  csrc mstatus, t0
  li t0, 0x4000
  csrs mstatus, t0
  csrr t0, mstatus
  srli t0, t0, 63
  OUT sd.clean, t0
  fmv.d.x fa0, zero
  csrr t0, mstatus
  srli t0, t0, 63
  OUT sd.dirty, t0
  csrr t0, sstatus
  srli t0, t0, 63
  OUT sd.sstatus, t0
  DONE

.section .data
.balign 8
cell:
  .dword 0
