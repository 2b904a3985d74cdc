# An instruction of four bytes across two pages: both are fetched through their own entry, wherever the
# pages lie; if the second may not be fetched, the fault's value is that page's address, and epc the
# instruction's. A compressed instruction at a page's end needs no second page. (Volume II, "Trap Value
# Register") The first page ends with the first half of addi a0,a0,1; the second begins with
# the rest and ecall.
# expect: both.cause=0x9 both.epc=0x4 both.tval=0x0 both.a0=0x1 user.cause=0xc user.epc=0x0
# expect: user.tval=0x40000ffe user.a0=0x0 none.cause=0xc none.epc=0x0 none.tval=0x40001000
# expect: none.a0=0x0 no.x.cause=0xc no.x.epc=0x0 no.x.tval=0x40001000 no.x.a0=0x0
# expect: of.user.cause=0xc of.user.epc=0x0 of.user.tval=0x40001000 of.user.a0=0x0
# expect: accessed.cause=0x9 accessed.epc=0x4 accessed.tval=0x0 accessed.a0=0x1
# expect: accessed.first=0x49 accessed.second=0x49 first.none.cause=0xc first.none.epc=0x0
# expect: first.none.tval=0x40000ffe first.none.a0=0x0 compressed.cause=0xc compressed.epc=0x2
# expect: compressed.tval=0x40003000 compressed.a0=0x1

.include "../common.inc"
.include "../vm.inc"

.macro FETCH name, mode, va
  li a0, 0
  PROBE_FETCH \name, \mode, \va
  OUT \name\().a0, a0
.endm

test:
  VM_SETUP
  la t0, first_page
  li t1, 4094
  add t0, t0, t1
  li t1, 0x0513
  sh t1, 0(t0)
  la t0, second_page
  li t1, 0x0015
  sh t1, 0(t0)
  li t1, 0x0073
  sh t1, 2(t0)
  sh zero, 4(t0)
  fence.i
  # The second page lies before the first in memory.
  PTE level0, 0, first_page, V | R | X | A | D
  PTE level0, 1, second_page, V | R | X | A | D
  PTE level0, 2, compressed_page, V | R | X | A | D
  SATP SV39, root
  FETCH both, MODE_S, (VA + 4094)
  # U mode may not; it has no U pages.
  FETCH user, MODE_U, (VA + 4094)
  RAW_PTE level0, 1, 0
  sfence.vma
  FETCH none, MODE_S, (VA + 4094)
  PTE level0, 1, second_page, V | R | A | D
  sfence.vma
  FETCH no.x, MODE_S, (VA + 4094)
  PTE level0, 1, second_page, V | R | X | U | A | D
  sfence.vma
  FETCH of.user, MODE_S, (VA + 4094)
  # Hardware sets A of both entries.
  PTE level0, 0, first_page, V | X
  PTE level0, 1, second_page, V | X
  sfence.vma
  FETCH accessed, MODE_S, (VA + 4094)
  OUT_PTE accessed.first, level0, 0
  OUT_PTE accessed.second, level0, 1
  RAW_PTE level0, 0, 0
  sfence.vma
  FETCH first.none, MODE_S, (VA + 4094)
  # c.addi a0,1 at the end of a page, with nothing behind it
  la t0, compressed_page
  li t1, 4094
  add t0, t0, t1
  li t1, 0x0505
  sh t1, 0(t0)
  fence.i
  FETCH compressed, MODE_S, (VA + 0x2000 + 4094)
  DONE

.section .pages, "aw"
.balign 4096
second_page: .space 4096
first_page: .space 4096
compressed_page: .space 4096
