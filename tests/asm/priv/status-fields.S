# The fields of mstatus and what a write leaves, as QEMU 7.2 decides where the manual leaves a
# choice. SXL is 2; UXL is 2 and takes what is written, except 0 (3 too, on QEMU); SD follows FS;
# MBE and SBE are 0; VS (bits 10:9), GVA and MPV (bits 38, 39) are kept without the V and H
# extensions; MPP keeps all values. sstatus is a view of some of the fields.
# expect: zero=0xa00000000 ones=0x800000cb007e7faa
# expect: sstatus.ones=0x80000003000c6722 sstatus.zero=0x300000000 mstatus.kept=0xcb00721888
# expect: fs.initial=0xb00002000 fs.dirty=0x8000000b00006000
# expect: mpp0=0x0 mpp1=0x800 mpp2=0x1000 mpp3=0x1800

.include "../common.inc"

test:
  csrw mstatus, zero
  csrr a0, mstatus
  li t0, -1
  csrw mstatus, t0
  csrr a1, mstatus
  csrr a2, sstatus
  csrw sstatus, zero
  csrr a3, sstatus
  csrr a4, mstatus
  li t0, 1 << 13
  csrw mstatus, t0
  csrr a5, mstatus
  li t0, 3 << 13
  csrw mstatus, t0
  csrr a6, mstatus
  li t0, MSTATUS_FS
  csrs mstatus, t0
  li t1, MSTATUS_MPP
  .irp mode, 0, 1, 2, 3
  csrc mstatus, t1
  li t0, \mode << 11
  csrs mstatus, t0
  csrr t0, mstatus
  and t0, t0, t1
  OUT mpp\mode, t0
  .endr
  OUT zero, a0
  OUT ones, a1
  OUT sstatus.ones, a2
  OUT sstatus.zero, a3
  OUT mstatus.kept, a4
  OUT fs.initial, a5
  OUT fs.dirty, a6
  DONE
