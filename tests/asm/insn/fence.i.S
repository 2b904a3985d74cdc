# fence.i: instruction fetches behind it see the stores before it. The routine is run, rewritten,
# and run again; then instructions right behind the fence.i are rewritten.
# expect: a0=0x1 a1=0x2 a2=0x3 a3=0x2a a4=0x2b

.include "../common.inc"

test:
  jal ra, routine
  mv a0, a7
  la t0, routine
  li t1, 0x00200893                     # li a7, 2
  sw t1, 0(t0)
  fence.i
  jal ra, routine
  mv a1, a7
  li t1, 0x0030                         # half of li a7, 3: 0x00300893
  sh t1, 2(t0)
  fence.i
  jal ra, routine
  mv a2, a7
  la t0, 1f
  li t1, 0x02a00693                     # li a3, 42
  sw t1, 0(t0)
  li t1, 0x02b00713                     # li a4, 43
  sw t1, 4(t0)
  fence.i
1:
  li a3, 1
  li a4, 1
  DONE

routine:
  li a7, 1
  ret
