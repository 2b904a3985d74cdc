# Physical addresses without translation: an address where nothing is raises an access fault of the
# access's kind, also far above; so does a fetch. mtval is the address. (Volume II, "Physical Memory
# Attributes")
# expect: load56.cause=0x5 load56.tval=0x100000080100000 load56.value=0x0 store56.cause=0x7
# expect: store56.tval=0x100000080100000 load57.cause=0x5 load57.tval=0x200000080100000
# expect: load57.value=0x0 store57.cause=0x7 store57.tval=0x200000080100000 load62.cause=0x5
# expect: load62.tval=0x4000000080100000 load62.value=0x0 store62.cause=0x7
# expect: store62.tval=0x4000000080100000 load63.cause=0x5 load63.tval=0x8000000080100000
# expect: load63.value=0x0 store63.cause=0x7 store63.tval=0x8000000080100000 low.cause=0x5
# expect: low.tval=0x0 low.value=0x0 low.store.cause=0x7 low.store.tval=0x8 top.cause=0x5
# expect: top.tval=0xfffffffffffffff8 top.value=0x0 fetch.cause=0x1 fetch.epc=0x0 fetch.tval=0x40
# expect: fetch.high.cause=0x1 fetch.high.epc=0x0 fetch.high.tval=0x4000000080100000

.include "../common.inc"
.include "../vm.inc"

test:
  .irp bit, 56, 57, 62, 63
  PROBE_LOAD load\bit, MODE_M, (1 << \bit) | 0x80100000
  PROBE_STORE store\bit, MODE_M, (1 << \bit) | 0x80100000
  .endr
  PROBE_LOAD low, MODE_M, 0, insn=lw
  PROBE_STORE low.store, MODE_M, 8, insn=sw
  PROBE_LOAD top, MODE_M, -8
  PROBE_FETCH fetch, MODE_M, 0x40
  PROBE_FETCH fetch.high, MODE_M, (1 << 62) | 0x80100000
  DONE
