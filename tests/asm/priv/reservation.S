# What ends a reservation, where the manual leaves it open as QEMU 7.2 decides: a trap and a return
# from one; an sc; a store of this hart to the address that changes the value; not loads, not stores
# to other addresses, nor a store of the same value. Printed is what sc gives: 0 done, 1 not.
# expect: load.between=0x0 store.elsewhere=0x0 store.same.value=0x0 store.other.value=0x1
# expect: trap=0x1 other.size=0x1 other.size.same=0x0 amo=0x1 misaligned=0x1
# expect: memory=0x55

.include "../common.inc"

test:
  la s0, cell
  addi s1, s0, 64
  li s2, 0x55
  li s3, 0x66

  lr.d t0, (s0)
  ld t1, 0(s0)
  ld t1, 0(s1)
  sc.d a0, s2, (s0)
  OUT load.between, a0

  lr.d t0, (s0)
  sd s3, 0(s1)
  sc.d a0, s2, (s0)
  OUT store.elsewhere, a0

  lr.d t0, (s0)
  sd s2, 0(s0)
  sc.d a0, s2, (s0)
  OUT store.same.value, a0

  lr.d t0, (s0)
  sd s3, 0(s0)
  sc.d a0, s2, (s0)
  OUT store.other.value, a0
  sd s2, 0(s0)

  ON_TRAP 1f
  lr.d t0, (s0)
  ecall
  TRAP 1
  sc.d a0, s3, (s0)
  OUT trap, a0

  # A word is reserved, a double word conditionally stored: it is compared with the reserved word,
  # sign-extended.
  li t0, 0x100000055
  sd t0, 0(s0)
  lr.w t0, (s0)
  sc.d a0, s3, (s0)
  OUT other.size, a0
  sd s2, 0(s0)
  lr.w t0, (s0)
  sc.d a0, s2, (s0)
  OUT other.size.same, a0

  lr.d t0, (s0)
  amoadd.d t1, s2, (s0)
  sc.d a0, s3, (s0)
  OUT amo, a0
  sd s2, 0(s0)

  lr.w t0, (s0)
  addi t1, s0, 4
  sc.w a0, s3, (t1)
  OUT misaligned, a0
  ld a0, 0(s0)
  OUT memory, a0
  DONE

.section .data
.balign 64
cell:
  .dword 0, 0, 0, 0, 0, 0, 0, 0, 0
