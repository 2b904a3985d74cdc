# mstatus.MPRV: loads and stores in M mode are translated and protected as in the mode of MPP;
# fetches are not. With MPP = M nothing changes. Sv39 maps VA 0x40000000, where no memory is in M
# mode.
# expect: s=0xaaaa0000aaaa0000 fetch=0x1
# expect: u.cause=0xd u.epc=0x0 u.tval=0x40000000
# expect: m=0xaaaa0000aaaa0000
# In S mode MPRV means nothing (S translates anyway): the page of U mode stays closed.
# expect: closed.cause=0xd closed.epc=0x0 closed.tval=0x40001000

.include "../common.inc"
.include "../vm.inc"

test:
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | A | D
  PTE level0, 1, page_a, V | R | W | U | A | D
  SATP SV39, root
  li s0, VA
  la s1, page_a
  li s2, MSTATUS_MPP | MSTATUS_MPRV
  ON_TRAP unexpected_trap
  csrc mstatus, s2
  li t0, (MODE_S << 11) | MSTATUS_MPRV
  csrs mstatus, t0
  ld a0, 0(s0)
  li a1, 1
  csrc mstatus, s2
  OUT s, a0
  OUT fetch, a1
  ON_TRAP 1f
  li t0, MSTATUS_MPRV
  csrs mstatus, t0
0:
  ld a0, 0(s0)
  TRAP 1
  csrc mstatus, s2
  OUT_TRAP u, 0b
  csrs mstatus, s2
  ld a0, 0(s1)
  csrc mstatus, s2
  OUT m, a0
  # MPRV = 1, MPP = U while in S mode.
  ON_TRAP 2f
  la t0, 1f
  csrw mepc, t0
  li t0, (MODE_S << 11) | MSTATUS_MPRV
  csrs mstatus, t0
  mret
1:
  li t1, VA + 0x1000
0:
  ld a0, 0(t1)
  TRAP 2
  csrc mstatus, s2
  OUT_TRAP closed, 0b
  DONE
