# Accesses that cross a page boundary are translated page by page: the two pages may lie anywhere.
# If the second page faults, mtval is the address of its first byte, and nothing is written in the
# first. An instruction that crosses into a page without mapping faults with mepc at its first byte
# and mtval at the second page.
# expect: load.cause=0x0 load.tval=0x0 load.value=0xccdd112233445566
# expect: second.cause=0xd second.tval=0x40002000 second.value=0x0
# expect: first.cause=0xd first.tval=0x40003ffd first.value=0x0
# expect: store.cause=0x0 store.tval=0x0 end.a=0x1122334455660000 begin.b=0xccdd
# expect: store.second.cause=0xf store.second.tval=0x40002000 end.b=0x5151515151515151
# expect: fetch.cause=0xc fetch.epc=0x0 fetch.tval=0x40002000
# expect: fetch2.cause=0x9 fetch2.epc=0x4 fetch2.tval=0x0

.include "../common.inc"
.include "../vm.inc"

test:
  VM_SETUP
  # 0 = page_d, 1 = page_c (physically in the other order), 2 none, 3 none, 4 = page_a
  PTE level0, 0, page_d, V | R | W | X | A | D
  PTE level0, 1, page_c, V | R | W | X | A | D
  PTE level0, 4, page_a, V | R | W | A | D
  SATP SV39, root
  la s0, page_d
  la s1, page_c
  li t0, 4088
  add s2, s0, t0
  add s3, s1, t0
  li t0, 0x1122334455660000
  sd t0, 0(s2)
  li t0, 0xccdd
  sd t0, 0(s1)
  PROBE_LOAD load, MODE_S, VA + 0x1000 - 6
  PROBE_LOAD second, MODE_S, VA + 0x2000 - 1
  PROBE_LOAD first, MODE_S, VA + 0x4000 - 3
  # The same bytes again by a store.
  sd zero, 0(s2)
  sd zero, 0(s1)
  PROBE_STORE store, MODE_S, VA + 0x1000 - 6, sd, 0xccdd112233445566
  ld t0, 0(s2)
  OUT end.a, t0
  ld t0, 0(s1)
  OUT begin.b, t0
  li t0, 0x5151515151515151
  sd t0, 0(s3)
  PROBE_STORE store.second, MODE_S, VA + 0x2000 - 4
  ld t0, 0(s3)
  OUT end.b, t0
  # The first half of addi a0, a0, 1 at the end of page 1; page 2 is not mapped.
  li t0, 0x0513
  sh t0, 6(s3)
  PROBE_FETCH fetch, MODE_S, VA + 0x2000 - 2
  # The first half of it at the end of page 0, the second and an ecall in page 1.
  li t0, 0x0513
  sh t0, 6(s2)
  li t0, 0x000000730015
  sd t0, 0(s1)
  fence.i
  PROBE_FETCH fetch2, MODE_S, VA + 0x1000 - 2
  DONE

.section .pages
page_c: .space 4096
page_d: .space 4096
