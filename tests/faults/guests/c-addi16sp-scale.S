# insn: c.addi16sp
# A stack frame opened by the compressed form.
.include "guest.inc"
BEGIN
  .option arch, +c
guilty:
  c.addi16sp sp, -64
  c.sdsp s1, 0(sp)
  c.ldsp s1, 0(sp)
  c.addi16sp sp, 64
FINISH
