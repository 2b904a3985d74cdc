# Causes 5 and 7, load and store access fault, where no device and no memory is: mtval is the
# address, rd is not written. An AMO is a load and then a store, as on QEMU with one hart: cause 5
# (the manual has 7).
# expect: load.cause=0x5 load.epc=0x0 load.tval=0x50123
# expect: store.cause=0x7 store.epc=0x0 store.tval=0x50120
# expect: fload.cause=0x5 fload.epc=0x0 fload.tval=0x50128
# expect: fstore.cause=0x7 fstore.epc=0x0 fstore.tval=0x50130
# expect: lr.cause=0x5 lr.epc=0x0 lr.tval=0x50128
# expect: amo.cause=0x5 amo.epc=0x0 amo.tval=0x50128
# expect: end.cause=0x5 end.epc=0x0 end.tval=0xffffffffffffff8
# expect: a0=0x2a fa0=0x7

.include "../common.inc"

test:
  li a0, 42
  li a1, 7
  fmv.d.x fa0, a1
  li s0, 0x50120
  ON_TRAP 1f
0:
  lbu a0, 3(s0)
  TRAP 1
  OUT_TRAP load, 0b
  ON_TRAP 1f
0:
  sw a1, 0(s0)
  TRAP 1
  OUT_TRAP store, 0b
  ON_TRAP 1f
0:
  fld fa0, 8(s0)
  TRAP 1
  OUT_TRAP fload, 0b
  ON_TRAP 1f
0:
  fsw fa0, 16(s0)
  TRAP 1
  OUT_TRAP fstore, 0b
  addi s1, s0, 8
  ON_TRAP 1f
0:
  lr.d a0, (s1)
  TRAP 1
  OUT_TRAP lr, 0b
  ON_TRAP 1f
0:
  amoor.w a0, a1, (s1)
  TRAP 1
  OUT_TRAP amo, 0b
  # Beyond what a physical address can be
  li s1, 0xffffffffffffff8
  ON_TRAP 1f
0:
  ld a0, 0(s1)
  TRAP 1
  OUT_TRAP end, 0b
  DONE
