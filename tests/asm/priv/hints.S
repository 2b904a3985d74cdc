# HINTs do nothing: integer instructions that write x0, fences with empty or reserved sets, and the
# compressed forms. (Volume I, "HINT Instructions") `insns` are those that were carried
# out, `changed` what registers hold at the end beyond what they held.
# expect: insns=0x2d changed=0x0

.include "../common.inc"

test:
  .irp n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  li x\n, 0x1000 + \n
  .endr
  csrr a0, mcycle
  .balign 4
  .irp word, 0x12345037, 0x12345017, 0xfff50013, 0x00a52013, 0x00a53013, 0x00a54013, 0x00a56013, 0x00a57013
  .word \word
  .endr
  # addiw, shifts and register forms to x0
  .irp word, 0x0015001b, 0x00351013, 0x00355013, 0x40355013, 0x0015101b, 0x4015501b
  .word \word
  .endr
  .irp word, 0x00b50033, 0x40b50033, 0x00b51033, 0x00b52033, 0x00b53033, 0x00b54033, 0x00b55033
  .word \word
  .endr
  .irp word, 0x40b55033, 0x00b56033, 0x00b57033, 0x00b5003b, 0x40b5003b, 0x00b5103b, 0x40b5503b
  .word \word
  .endr
  # fence 0,0; fence with rd and rs1; pause; fence.tso with other bits; fence.i with fields
  .irp word, 0x0000000f, 0x0ff5050f, 0x0100000f, 0x8330008f, 0xfff5150f
  .word \word
  .endr
  # c.nop 1; c.addi a1,0; c.li x0,1; c.lui x0,1; c.mv x0,a1; c.add x0,a1; c.slli x0,1
  .2byte 0x0005, 0x0581, 0x4005, 0x6005, 0x802e, 0x902e, 0x0006
  # c.slli64, c.srli64, c.srai64, c.slli with 0
  .2byte 0x0582, 0x8181, 0x8581
  nop
  csrr t6, mcycle
  sub a0, t6, a0
  OUT insns, a0
  li a0, 0
  .irp n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
  addi x\n, x\n, -2047
  addi x\n, x\n, -2047
  addi x\n, x\n, -2 - \n
  or a0, a0, x\n
  .endr
  OUT changed, a0
  DONE
