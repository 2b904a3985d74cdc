# Jumps and branches over their whole range, backwards and forwards: jal 1 MiB, branches 4 KiB, jalr from
# any base with offsets of both signs and bit 0 of the sum cleared; targets at the ends of the address
# space of M mode wrap. (Volume I, "Control Transfer Instructions") `way` counts the
# stations.
# expect: link=0x0 link.same=0x0 top.cause=0x1 top.epc=0xfffffffffffffffc
# expect: top.tval=0xfffffffffffffffc way=0x611

.include "../common.inc"

test:
  li a0, 0
  j start
.balign 4
back_target:
  addi a0, a0, 1
  jr a1
.balign 4
start:
  la t0, far
  jr t0
arrived:
  # jalr clears bit 0, adds the offset and links.
  la t0, landing
  addi t0, t0, 2047 - 2000
  addi t0, t0, 1
1:
  jalr t1, -47(t0)
2:
  j failed
landing:
  la t2, 2b
  sub t1, t1, t2
  OUT link, t1
  addi a0, a0, 0x10
  # rd = rs1
  la t1, landing2
  jalr t1, 0(t1)
3:
  j failed
landing2:
  la t2, 3b
  sub t1, t1, t2
  OUT link.same, t1
  # A jump out of memory: epc is the target.
  ON_TRAP 1f
  li t0, -8
  jalr t1, 4(t0)
  TRAP 1
  csrr t5, mcause
  OUT top.cause, t5
  csrr t5, mepc
  OUT top.epc, t5
  csrr t5, mtval
  OUT top.tval, t5
  # Branches to both ends of their range
  li t0, 1
  beq zero, zero, branch_end
branch_back:
  addi a0, a0, 0x100
  j branch_done
  .space 4080
.balign 4
branch_end:
  addi a0, a0, 0x100
  bne t0, zero, branch_back
  j failed
branch_done:
  OUT way, a0
  DONE
failed:
  li a0, -1
  j branch_done

# Almost 1 MiB away, from where jal reaches back_target and no further
  .space 0x100000 - 0x2000
.balign 4
far:
  la a1, 1f
  addi a0, a0, 0x400
  j near_back
1:
  la t0, arrived
  jr t0
near_back:
  jal t2, back_target
