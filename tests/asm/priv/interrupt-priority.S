# Several interrupts pending at once, all enabled. The manual's order is MEI, MSI, MTI, SEI, SSI,
# STI; QEMU 7.2 without AIA takes the one with the lowest number first, M mode's before delegated
# ones, and so it is expected here. Each result is mcause or scause of the interrupt taken, the
# source of which is then taken away.
# expect: first=0x8000000000000001 second=0x8000000000000003 third=0x8000000000000005
# expect: fourth=0x8000000000000007 fifth=0x8000000000000009
# With S mode's delegated, in U mode: M mode's come first.
# expect: m.first=0x8000000000000003 m.second=0x8000000000000007
# expect: s.first=0x8000000000000001 s.second=0x8000000000000005 s.third=0x8000000000000009

.include "../common.inc"

.equ MTIMECMP, CLINT + 0x4000

# Takes one interrupt in M mode, prints mcause.
.macro TAKE name
  ON_TRAP 1f
  csrsi mstatus, MSTATUS_MIE
  nop
  nop
  TRAP 1
  csrr t0, mcause
  OUT \name, t0
.endm

.macro PEND
  li t0, 1
  sw t0, 0(s0)
  sd zero, 0(s1)
  li t0, 0x222
  csrw mip, t0
  li t0, 0x2aa
  csrw mie, t0
.endm

# Takes one in U mode and prints the named CSR. A delegated one continues in S mode, which returns
# to M mode by an ecall.
.macro TAKE_U name, csr
  ON_TRAP 2f
  la t6, 1f
  csrw stvec, t6
  ENTER_U
  nop
  nop
  TRAP 1
  ecall
  TRAP 2
  csrr s4, \csr
  OUT \name, s4
.endm

test:
  li s0, CLINT
  li s1, MTIMECMP
  PEND
  TAKE first
  csrci mip, 2
  TAKE second
  sw zero, 0(s0)
  TAKE third
  li t0, 1 << 5
  csrc mip, t0
  TAKE fourth
  li t0, -1
  sd t0, 0(s1)
  TAKE fifth

  PEND
  li t0, 0x222
  csrw mideleg, t0
  TAKE_U m.first, mcause
  sw zero, 0(s0)
  TAKE_U m.second, mcause
  li t0, -1
  sd t0, 0(s1)
  TAKE_U s.first, scause
  li t0, 1 << 1
  csrc mip, t0
  TAKE_U s.second, scause
  li t0, 1 << 5
  csrc mip, t0
  TAKE_U s.third, scause
  csrw mip, zero
  DONE
