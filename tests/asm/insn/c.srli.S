# c.srli: rd' = rd' >> shamt, zeros shifted in; x8 to x15.
# expect: s0=0x491a2b3c4d5e6f78 s1=0x12468acf1 a0=0x92345678 a1=0x1 a2=0x923456789abcdef a3=0x2
# expect: a5=0x1

.include "../common.inc"
.option rvc

test:
  li s0, 0x923456789abcdef1
  c.srli s0, 1
  li s1, 0x923456789abcdef1
  c.srli s1, 31
  li a0, 0x923456789abcdef1
  c.srli a0, 32
  li a1, 0x923456789abcdef1
  c.srli a1, 63
  li a2, 0x923456789abcdef1
  c.srli a2, 4
  li a3, 0x923456789abcdef1
  c.srli a3, 62
  li a5, 0x7fffffffffffffff
  c.srli a5, 62
  DONE
