# c.srai64: the encoding with shamt 0, which RV64 reads as a HINT: the register keeps its value.
# expect: a0=0x923456789abcdef1 s1=0xfffffffffffffff9

.include "../common.inc"
.option rvc

test:
  li a0, 0x923456789abcdef1
  c.srai64 a0
  li s1, -7
  c.srai64 s1
  DONE
