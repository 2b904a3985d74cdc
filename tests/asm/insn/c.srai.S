# c.srai: rd' = rd' >> shamt, sign bits shifted in; x8 to x15.
# expect: s0=0xc91a2b3c4d5e6f78 s1=0xffffffff2468acf1 a0=0xffffffff92345678 a1=0xffffffffffffffff
# expect: a2=0xf923456789abcdef a3=0xfffffffffffffffe a5=0x1

.include "../common.inc"
.option rvc

test:
  li s0, 0x923456789abcdef1
  c.srai s0, 1
  li s1, 0x923456789abcdef1
  c.srai s1, 31
  li a0, 0x923456789abcdef1
  c.srai a0, 32
  li a1, 0x923456789abcdef1
  c.srai a1, 63
  li a2, 0x923456789abcdef1
  c.srai a2, 4
  li a3, 0x923456789abcdef1
  c.srai a3, 62
  li a5, 0x7fffffffffffffff
  c.srai a5, 62
  DONE
