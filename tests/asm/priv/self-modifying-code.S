# Code that was executed is changed and executed again behind fence.i: by stores of every size,
# through another virtual address, by an AMO, by sc, by fsd, and across a page boundary. The routine
# returns in a0 the immediate of its first instruction, li a0, N: 0x00N00513.
# expect: first=0x1 byte=0x2 half=0x3 word=0x4 double=0x5 amo=0x6 sc=0x7 float=0x8
# expect: alias=0x9 crossing=0xa crossing.changed=0x1fa loop=0x37

.include "../common.inc"
.include "../vm.inc"

# Writes li a0, n at the routine by one instruction, then runs it.
.macro RUN name
  fence.i
  jalr ra, 0(s0)
  OUT \name, a0
.endm

test:
  la s0, routine
  RUN first
  li t0, 0x20
  sb t0, 2(s0)
  RUN byte
  li t0, 0x0030
  sh t0, 2(s0)
  RUN half
  li t0, 0x00400513
  sw t0, 0(s0)
  RUN word
  li t0, 0x0000806700500513
  sd t0, 0(s0)
  RUN double
  li t0, 0x00600513
  amoswap.w t1, t0, (s0)
  RUN amo
  li t0, 0x00700513
  lr.w t1, (s0)
  sc.w t1, t0, (s0)
  RUN sc
  li t0, 0x0000806700800513
  fmv.d.x fa0, t0
  fsd fa0, 0(s0)
  RUN float
  # By VA 0x40000000, another name of the same page, in M mode with MPRV.
  VM_SETUP
  PTE level0, 0, routine, V | R | W | A | D
  SATP SV39, root
  li t2, MSTATUS_MPP | MSTATUS_MPRV
  csrc mstatus, t2
  li t1, (MODE_S << 11) | MSTATUS_MPRV
  li t0, 0x00900513
  li t3, VA
  csrs mstatus, t1
  sw t0, 0(t3)
  csrc mstatus, t2
  RUN alias
  # An instruction half of which is in the next page.
  la s0, crossing
  li t0, 0x00a0
  RUN crossing
  li t0, 0x1fa0
  sh t0, 2(s0)
  RUN crossing.changed
  # A loop that rewrites an instruction of itself, ten times: the sum of 1 to 10.
  la s1, 2f
  li s2, 0x00100293                     # li t0, 1
  li s3, 0
  li s4, 10
1:
  sw s2, 0(s1)
  fence.i
2:
  .4byte 0
  add s3, s3, t0
  li t1, 0x00100000
  add s2, s2, t1
  addi s4, s4, -1
  bnez s4, 1b
  OUT loop, s3
  DONE

.section .text.routine, "ax"
.balign 4096
routine:
  li a0, 1
  jr ra
  .space 4096 - 8 - 2
  .option rvc
crossing:
  .4byte 0x00a00513                     # li a0, 10
  .4byte 0x00008067
  .option norvc
.balign 4096
