# PMP permissions R, W, X for U and S mode; M mode is not bound by an entry that is not locked, also
# when it loads with MPRV as itself. Fetch, load and store faults are causes 1, 5 and 7.
# expect: none.uload.cause=0x5 none.uload.tval=0x80100000 none.uload.value=0x0
# expect: none.sload.cause=0x5 none.sload.tval=0x80100000 none.sload.value=0x0
# expect: none.mload.cause=0x0 none.mload.tval=0x0 none.mload.value=0xdddd0000dddd0000
# expect: none.mstore.cause=0x0 none.mstore.tval=0x0
# expect: r.load.cause=0x0 r.load.tval=0x0 r.load.value=0xdddd0000dddd0000
# expect: r.store.cause=0x7 r.store.tval=0x80100000
# expect: r.fetch.cause=0x1 r.fetch.epc=0x0 r.fetch.tval=0x80100008
# expect: rw.store.cause=0x0 rw.store.tval=0x0
# expect: rw.fetch.cause=0x1 rw.fetch.epc=0x0 rw.fetch.tval=0x80100008
# expect: x.load.cause=0x5 x.load.tval=0x80100000 x.load.value=0x0
# expect: x.store.cause=0x7 x.store.tval=0x80100000
# expect: x.sfetch.cause=0x9 x.sfetch.epc=0x0 x.sfetch.tval=0x0
# expect: x.ufetch.cause=0x8 x.ufetch.epc=0x0 x.ufetch.tval=0x0
# expect: rx.load.cause=0x0 rx.load.tval=0x0 rx.load.value=0x5a
# expect: rx.store.cause=0x7 rx.store.tval=0x80100000

.include "../common.inc"
.include "../vm.inc"
.include "../pmp.inc"

test:
  PMP_SETUP
  li t0, AREA
  li t1, 0x73
  sw t1, 8(t0)
  PMP_NAPOT 0, AREA, 4096, 0
  PROBE_LOAD none.uload, MODE_U, AREA
  PROBE_LOAD none.sload, MODE_S, AREA
  PROBE_LOAD none.mload, MODE_M, AREA
  PROBE_STORE none.mstore, MODE_M, AREA + 0x10
  PMP_NAPOT 0, AREA, 4096, PMP_R
  PROBE_LOAD r.load, MODE_U, AREA
  PROBE_STORE r.store, MODE_U, AREA
  PROBE_FETCH r.fetch, MODE_U, AREA + 8
  PMP_NAPOT 0, AREA, 4096, PMP_R | PMP_W
  PROBE_STORE rw.store, MODE_S, AREA
  PROBE_FETCH rw.fetch, MODE_S, AREA + 8
  PMP_NAPOT 0, AREA, 4096, PMP_X
  PROBE_LOAD x.load, MODE_S, AREA
  PROBE_STORE x.store, MODE_S, AREA
  PROBE_FETCH x.sfetch, MODE_S, AREA + 8
  PROBE_FETCH x.ufetch, MODE_U, AREA + 8
  PMP_NAPOT 0, AREA, 4096, PMP_R | PMP_X
  PROBE_LOAD rx.load, MODE_S, AREA
  PROBE_STORE rx.store, MODE_S, AREA
  DONE
