# insn: ecall
# The exception's epc is the address of the ecall.
.include "guest.inc"
BEGIN
TRAP_SKIP
  nop
guilty:
  ecall
  addi s1, s1, 1
FINISH
