# Sv39 leaf permissions: R, W, X; U pages from U and S mode; SUM and MXR. (Volume II, "Virtual
# Address Translation Process", "Memory Privilege in mstatus Register") Pages: 0 = R, 1 = RW, 2 = X
# only, 3 = RX, 4 = RW U, 5 = X U, 6 = RX U (code)
# expect: r.load.cause=0x0 r.load.tval=0x0 r.load.value=0xaaaa0000aaaa0000
# expect: r.store.cause=0xf r.store.tval=0x40000000
# expect: r.fetch.cause=0xc r.fetch.epc=0x0 r.fetch.tval=0x40000000
# expect: rw.store.cause=0x0 rw.store.tval=0x0
# expect: x.load.cause=0xd x.load.tval=0x40002000 x.load.value=0x0
# expect: x.store.cause=0xf x.store.tval=0x40002000
# expect: x.fetch.cause=0x9 x.fetch.epc=0x4 x.fetch.tval=0x0
# expect: mxr.load.cause=0x0 mxr.load.tval=0x0 mxr.load.value=0x7300000013
# expect: mxr.store.cause=0xf mxr.store.tval=0x40002000
# expect: nomxr.load.cause=0xd nomxr.load.tval=0x40002000 nomxr.load.value=0x0
# A page of S mode from U mode:
# expect: s.uload.cause=0xd s.uload.tval=0x40001000 s.uload.value=0x0
# expect: s.ustore.cause=0xf s.ustore.tval=0x40001000
# expect: s.ufetch.cause=0xc s.ufetch.epc=0x0 s.ufetch.tval=0x40003000
# A page of U mode, from U mode, from S mode without and with SUM:
# expect: u.uload.cause=0x0 u.uload.tval=0x0 u.uload.value=0xbbbb0000bbbb0000
# expect: u.ustore.cause=0x0 u.ustore.tval=0x0
# expect: u.sload.cause=0xd u.sload.tval=0x40004000 u.sload.value=0x0
# expect: u.sstore.cause=0xf u.sstore.tval=0x40004000
# expect: sum.sload.cause=0x0 sum.sload.tval=0x0 sum.sload.value=0x5a
# expect: sum.sstore.cause=0x0 sum.sstore.tval=0x0
# SUM does not let S mode execute there:
# expect: sum.sfetch.cause=0xc sum.sfetch.epc=0x0 sum.sfetch.tval=0x40006000
# expect: u.ufetch.cause=0x8 u.ufetch.epc=0x4 u.ufetch.tval=0x0
# SUM and MXR together, S mode, an execute-only page of U mode:
# expect: both.sload.cause=0x0 both.sload.tval=0x0 both.sload.value=0x7300000013

.include "../common.inc"
.include "../vm.inc"

test:
  VM_SETUP
  PTE level0, 0, page_a, V | R | A | D
  PTE level0, 1, page_b, V | R | W | A | D
  PTE level0, 2, page_code, V | X | A | D
  PTE level0, 3, page_code, V | R | X | A | D
  PTE level0, 4, page_b, V | R | W | U | A | D
  PTE level0, 5, page_code, V | X | U | A | D
  PTE level0, 6, page_code, V | R | X | U | A | D
  SATP SV39, root
  PROBE_LOAD r.load, MODE_S, VA
  PROBE_STORE r.store, MODE_S, VA
  PROBE_FETCH r.fetch, MODE_S, VA
  PROBE_STORE rw.store, MODE_S, VA + 0x1000 + 64
  PROBE_LOAD x.load, MODE_S, VA + 0x2000
  PROBE_STORE x.store, MODE_S, VA + 0x2000
  PROBE_FETCH x.fetch, MODE_S, VA + 0x2000
  li s0, MSTATUS_MXR
  csrs mstatus, s0
  PROBE_LOAD mxr.load, MODE_S, VA + 0x2000
  PROBE_STORE mxr.store, MODE_S, VA + 0x2000
  csrc mstatus, s0
  PROBE_LOAD nomxr.load, MODE_S, VA + 0x2000

  PROBE_LOAD s.uload, MODE_U, VA + 0x1000
  PROBE_STORE s.ustore, MODE_U, VA + 0x1000
  PROBE_FETCH s.ufetch, MODE_U, VA + 0x3000

  PROBE_LOAD u.uload, MODE_U, VA + 0x4000
  PROBE_STORE u.ustore, MODE_U, VA + 0x4000
  PROBE_LOAD u.sload, MODE_S, VA + 0x4000
  PROBE_STORE u.sstore, MODE_S, VA + 0x4000
  li s0, MSTATUS_SUM
  csrs mstatus, s0
  PROBE_LOAD sum.sload, MODE_S, VA + 0x4000
  PROBE_STORE sum.sstore, MODE_S, VA + 0x4000
  PROBE_FETCH sum.sfetch, MODE_S, VA + 0x6000
  csrc mstatus, s0
  PROBE_FETCH u.ufetch, MODE_U, VA + 0x6000
  li s0, MSTATUS_SUM | MSTATUS_MXR
  csrs mstatus, s0
  PROBE_LOAD both.sload, MODE_S, VA + 0x5000
  DONE
