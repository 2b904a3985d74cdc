# All four harts sleep, each with its own mtimecmp: each wakes when its time has come and not before,
# and sees its own timer pending; the others' do not wake it. Printed for each hart: mip.MTIP, and
# whether mtime had reached its mtimecmp.
# expect: mtip.0=0x80 late.0=0x1 mtip.1=0x80 late.1=0x1
# expect: mtip.2=0x80 late.2=0x1 mtip.3=0x80 late.3=0x1

.include "../common.inc"
.include "../smp.inc"

CELL done
.irp n, 0,1,2,3
CELL mtip_\n
CELL late_\n
.endr

.equ MTIMECMP, CLINT + 0x4000
.equ MTIME, CLINT + 0xbff8

# 4000 ticks for hart 0, 1000 less for each further one.
.macro SLEEP n
  li s0, MTIMECMP + 8 * \n
  li s1, MTIME
  ld s2, 0(s1)
  li t0, 4000 - 1000 * \n
  add s2, s2, t0
  sd s2, 0(s0)
  li t0, 0x80
  csrw mie, t0
  wfi
  csrr t0, mip
  andi t0, t0, 0x80
  la t1, mtip_\n
  sd t0, 0(t1)
  ld t0, 0(s1)
  sltu t0, t0, s2
  xori t0, t0, 1
  la t1, late_\n
  sd t0, 0(t1)
  la t0, done
  li t1, 1
  amoadd.d.aqrl zero, t1, (t0)
.endm

test:
  HARTS
  SLEEP 0
  AWAIT done, 4
  .irp n, 0,1,2,3
  la t0, mtip_\n
  ld t0, 0(t0)
  OUT mtip.\n, t0
  la t0, late_\n
  ld t0, 0(t0)
  OUT late.\n, t0
  .endr
  DONE

hart1:
  SLEEP 1
  PARK
hart2:
  SLEEP 2
  PARK
hart3:
  SLEEP 3
  PARK
