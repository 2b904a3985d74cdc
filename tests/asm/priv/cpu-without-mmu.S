# Without an MMU satp is 0 whatever is written, and S and U mode use physical addresses. sfence.vma
# is legal.
# cpu: mmu=off
# expect: misa=0x800000000014112d satp=0x0 data.cause=0x0 data.tval=0x0
# expect: data.value=0xaaaa0000aaaa0000 s.cause=0x9 s.epc=0x8 s.tval=0x0 s.satp=0x0

.include "../common.inc"
.include "../vm.inc"

test:
  csrr a0, misa
  OUT misa, a0
  VM_SETUP
  SATP SV39, root
  csrr a0, satp
  OUT satp, a0
  PROBE_LOAD data, MODE_S, 0, plus=page_a
  ON_TRAP 1f
  ENTER_S
0:
  sfence.vma
  csrr a0, satp
  ecall
  TRAP 1
  OUT_TRAP s, 0b
  OUT s.satp, a0
  DONE
