# What CSRs keep of a write of all ones or of odd values (WARL fields), as QEMU 7.2 decides: see the
# names. mepc, sepc, mcounteren and scounteren keep all bits (the manual clears bit 0 of the first
# two); mtvec and stvec ignore a write of a reserved mode; medeleg keeps the bit of ecall from M
# mode, which means nothing.
# expect: misa=0x800000000014112d misa.written=0x800000000014112d
# expect: mvendorid=0x0 marchid=0x0 mimpid=0x0 mhartid=0x0
# expect: medeleg.mcall=0x800 medeleg.pagefaults=0xb100 mideleg.s=0x222 mie.all=0xaaa
# expect: mip.soft=0x222 mip.cleared=0x0 sip.ssip=0x2 sie.view=0x2222
# expect: mie.kept=0xccc
# expect: mepc=0x12345677 sepc=0xffffffffffffffff mtvec.vectored=0x80000101
# expect: mtvec.reserved=0x80000101
# expect: stvec.direct=0x80000200 stvec.reserved=0x80000200
# expect: mcause=0x8000000000000007 scause=0x800000000000000f mtval=0xfffffffffffffffe
# expect: mscratch=0xffffffffffffffff mcounteren=0xffffffffffffffff
# expect: scounteren=0xffffffffffffffff
# expect: satp.asid=0x8fff000000000001

.include "../common.inc"

test:
  csrr a0, misa
  OUT misa, a0
  csrw misa, zero
  csrr a0, misa
  OUT misa.written, a0
  .irp csr, mvendorid, marchid, mimpid, mhartid
  csrr a0, \csr
  OUT \csr, a0
  .endr
  li t0, -1
  csrw medeleg, t0
  csrr a0, medeleg
  li t1, 1 << 11
  and a1, a0, t1
  OUT medeleg.mcall, a1
  li t1, 0xb100
  and a1, a0, t1
  OUT medeleg.pagefaults, a1
  csrw medeleg, zero
  csrw mideleg, t0
  csrr a0, mideleg
  andi a0, a0, 0x222
  OUT mideleg.s, a0
  csrw mie, t0
  csrr a0, mie
  li t1, 0xaaa
  and a0, a0, t1
  OUT mie.all, a0
  csrr a0, sie
  OUT sie.view, a0
  csrw sie, zero
  csrr a0, mie
  OUT mie.kept, a0
  csrw mie, t0
  li t0, 0xaaa
  csrw mip, t0
  csrr a0, mip
  andi a0, a0, 0x222
  OUT mip.soft, a0
  csrw mip, zero
  csrr a0, mip
  andi a0, a0, 0x222
  OUT mip.cleared, a0
  csrw sip, t0
  csrr a0, sip
  OUT sip.ssip, a0
  csrw mip, zero
  csrw mie, zero
  csrw mideleg, zero
  li t0, 0x12345677
  csrw mepc, t0
  csrr a0, mepc
  OUT mepc, a0
  li t0, -1
  csrw sepc, t0
  csrr a0, sepc
  OUT sepc, a0
  li t0, 0x80000101
  csrw mtvec, t0
  csrr a0, mtvec
  OUT mtvec.vectored, a0
  li t0, 0x80000202
  csrw mtvec, t0
  csrr a0, mtvec
  OUT mtvec.reserved, a0
  li t0, 0x80000200
  csrw stvec, t0
  csrr a0, stvec
  OUT stvec.direct, a0
  li t0, 0x80000303
  csrw stvec, t0
  csrr a0, stvec
  OUT stvec.reserved, a0
  li t0, 0x8000000000000007
  csrw mcause, t0
  csrr a0, mcause
  OUT mcause, a0
  li t0, 0x800000000000000f
  csrw scause, t0
  csrr a0, scause
  OUT scause, a0
  li t0, -2
  csrw mtval, t0
  csrr a0, mtval
  OUT mtval, a0
  li t0, -1
  csrw mscratch, t0
  csrr a0, mscratch
  OUT mscratch, a0
  csrw mcounteren, t0
  csrr a0, mcounteren
  OUT mcounteren, a0
  csrw scounteren, t0
  csrr a0, scounteren
  OUT scounteren, a0
  li t0, 0x8fff000000000001
  csrw satp, t0
  csrr a0, satp
  OUT satp.asid, a0
  csrw satp, zero
  DONE
