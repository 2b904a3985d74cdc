# c.slli64: the encoding with shamt 0, which RV64 reads as a HINT: the register keeps its value.
# expect: a0=0x923456789abcdef1 t6=0xfffffffffffffff9

.include "../common.inc"
.option rvc

test:
  li a0, 0x923456789abcdef1
  c.slli64 a0
  li t6, -7
  c.slli64 t6
  DONE
