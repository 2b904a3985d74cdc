# A locked entry binds M mode too, and neither it nor its address can be written until reset; a
# locked TOR entry also locks the address below it.
# expect: m.load.cause=0x0 m.load.tval=0x0 m.load.value=0xdddd0000dddd0000
# expect: m.store.cause=0x7 m.store.tval=0x80100000
# expect: s.store.cause=0x7 s.store.tval=0x80100000
# expect: m.fetch.cause=0x1 m.fetch.epc=0x0 m.fetch.tval=0x80100000
# expect: cfg=0x99 addr=0x200401ff
# expect: tor.cfg=0x88 tor.low=0x20040800 tor.high=0x20040c00
# expect: tor.load.cause=0x5 tor.load.tval=0x80102000 tor.load.value=0x0
# expect: next=0x20050000
# expect: bypass.cause=0x7 bypass.tval=0x80100008

.include "../common.inc"
.include "../vm.inc"
.include "../pmp.inc"

test:
  PMP_SETUP
  PMP_NAPOT 0, AREA, 4096, PMP_R | PMP_LOCK
  PROBE_LOAD m.load, MODE_M, AREA
  PROBE_STORE m.store, MODE_M, AREA
  PROBE_STORE s.store, MODE_S, AREA
  PROBE_FETCH m.fetch, MODE_M, AREA
  # Attempts to change it.
  li t0, 0xff
  csrc pmpcfg0, t0
  csrr t0, pmpcfg0
  andi t0, t0, 0xff
  OUT cfg, t0
  csrw pmpaddr0, zero
  csrr t0, pmpaddr0
  OUT addr, t0
  # Entries 2 and 3: TOR from AREA + 0x2000 to AREA + 0x3000, locked.
  PMP 2, AREA + 0x2000, 0
  PMP 3, AREA + 0x3000, PMP_TOR | PMP_LOCK
  li t0, 0xff000000
  csrc pmpcfg0, t0
  csrw pmpaddr2, zero
  csrw pmpaddr3, zero
  csrr t0, pmpcfg0
  srli t0, t0, 24
  andi t0, t0, 0xff
  OUT tor.cfg, t0
  csrr t0, pmpaddr2
  OUT tor.low, t0
  csrr t0, pmpaddr3
  OUT tor.high, t0
  PROBE_LOAD tor.load, MODE_M, AREA + 0x2000
  # The address above is free.
  PMP 4, AREA + 0x40000, 0
  csrr t0, pmpaddr4
  OUT next, t0
  # An entry behind the locked one cannot give back what it takes.
  PMP_NAPOT 1, AREA, 4096, PMP_R | PMP_W | PMP_LOCK
  PROBE_STORE bypass, MODE_M, AREA + 8
  DONE
