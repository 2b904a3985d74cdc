# mvendorid, marchid and mimpid are what -cpu says.
# cpu: mvendorid=0x89abcdef,marchid=0x123456789abcdef0,mimpid=0xfedcba9876543210
# expect: mvendorid=0x89abcdef marchid=0x123456789abcdef0 mimpid=0xfedcba9876543210 mhartid=0x0
# expect: mconfigptr=0x0 write.cause=0x2 write.epc=0x0 write.tval=0xf1101073

.include "../common.inc"

test:
  .irp csr, mvendorid, marchid, mimpid, mhartid, mconfigptr
  csrr a0, \csr
  OUT \csr, a0
  .endr
  # Read-only
  ON_TRAP 1f
0:
  csrw mvendorid, zero
  TRAP 1
  OUT_TRAP write, 0b
  DONE
