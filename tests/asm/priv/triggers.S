# Debug triggers: two, of which tselect chooses. tselect keeps what is in range. tdata1 says type 2
# (address match), tinfo which types there are. (Debug Specification 0.13,
# "Trigger Registers"; QEMU 7.2 decides.)
# expect: reset.0x7a0=0x0 reset.0x7a1=0x2000000000000000 reset.0x7a2=0x0 reset.0x7a3=0x0
# expect: reset.0x7a4=0x44 select0=0x0 select1=0x1 select2=0x1 select15=0x1 other=0x0
# expect: same=0x12345678 s.cause=0x2 s.epc=0x0 s.tval=0x7a002573 tcontrol.cause=0x2
# expect: tcontrol.epc=0x0 tcontrol.tval=0x7a502573

.include "../common.inc"

test:
  .irp csr, 0x7a0, 0x7a1, 0x7a2, 0x7a3, 0x7a4
  csrr a0, \csr
  OUT reset.\csr, a0
  .endr
  .irp n, 0, 1, 2, 15
  csrwi 0x7a0, \n
  csrr a0, 0x7a0
  OUT select\n, a0
  .endr
  csrwi 0x7a0, 0
  li t0, 0x12345678
  csrw 0x7a2, t0
  csrwi 0x7a0, 1
  csrr a0, 0x7a2
  OUT other, a0
  csrwi 0x7a0, 0
  csrr a0, 0x7a2
  OUT same, a0
  ON_TRAP 1f
  ENTER_S
0:
  csrr a0, 0x7a0
  TRAP 1
  OUT_TRAP s, 0b
  ON_TRAP 1f
0:
  csrr a0, 0x7a5
  TRAP 1
  OUT_TRAP tcontrol, 0b
  DONE
