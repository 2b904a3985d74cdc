# c.andi: rd' = rd' & the sign-extended 6-bit immediate; x8 to x15.
# expect: s0=0x1 s1=0x11 a0=0x0 a1=0x923456789abcdef1 a2=0x923456789abcdee0 a3=0x11

.include "../common.inc"
.option rvc

test:
  li s0, 0x923456789abcdef1
  c.andi s0, 1
  li s1, 0x923456789abcdef1
  c.andi s1, 31
  li a0, 0x923456789abcdef1
  c.andi a0, 0
  li a1, 0x923456789abcdef1
  c.andi a1, -1
  li a2, 0x923456789abcdef1
  c.andi a2, -32
  li a3, 0x923456789abcdef1
  c.andi a3, 21
  DONE
