# A write of satp with a reserved mode is ignored whole; Bare, Sv39, Sv48 and Sv57 are kept with ASID
# and page number. (Volume II, "Supervisor Address Translation and Protection Register")
# expect: mode0=0x123400000080000 mode1=0x0 mode2=0x0 mode3=0x0 mode4=0x0 mode5=0x0 mode6=0x0
# expect: mode7=0x0 mode8=0x8123400000080000 mode9=0x9123400000080000 mode10=0xa123400000080000
# expect: mode11=0x0 mode12=0x0 mode13=0x0 mode14=0x0 mode15=0x0 ppn=0x80000fffffffffff

.include "../common.inc"

test:
  .irp mode, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  csrw satp, zero
  li t0, (\mode << 60) | (0x1234 << 44) | 0x80000
  csrw satp, t0
  csrr a0, satp
  OUT mode\mode, a0
  .endr
  li t0, (8 << 60) | (1 << 44) - 1
  csrw satp, t0
  csrr a0, satp
  OUT ppn, a0
  csrw satp, zero
  DONE
