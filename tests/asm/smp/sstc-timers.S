# All four harts sleep, each with its own stimecmp: each wakes when its time has come and not before,
# and sees its own timer pending; the others' do not wake it, and what it writes to its stimecmp then
# takes no other's interrupt away. Printed for each hart: mip.STIP, whether time had reached stimecmp,
# mip.STIP after stimecmp is far away again; and of hart 0, whose timer comes first, whether it was
# still pending after those of the others.
# cpu: sstc=on
# expect: stip.0=0x20 late.0=0x1 gone.0=0x0 stip.1=0x20 late.1=0x1 gone.1=0x0
# expect: stip.2=0x20 late.2=0x1 gone.2=0x0 stip.3=0x20 late.3=0x1 gone.3=0x0
# expect: kept.0=0x20

.include "../common.inc"
.include "../smp.inc"

CELL done
.irp n, 0,1,2,3
CELL stip_\n
CELL late_\n
CELL gone_\n
.endr

.equ STIMECMP, 0x14d
.equ MENVCFG, 0x30a

# 1000 ticks for hart 0, 1000 more for each further one.
.macro SLEEP n
  li t0, 1 << 63
  csrs MENVCFG, t0
  csrr s2, time
  li t0, 1000 + 1000 * \n
  add s2, s2, t0
  csrw STIMECMP, s2
  li t0, 0x20
  csrw mie, t0
  wfi
  csrr t0, mip
  andi t0, t0, 0x20
  la t1, stip_\n
  sd t0, 0(t1)
  csrr t0, time
  sltu t0, t0, s2
  xori t0, t0, 1
  la t1, late_\n
  sd t0, 0(t1)
.endm

.macro CLEAR n
  li t0, -1
  csrw STIMECMP, t0
  csrr t0, mip
  andi t0, t0, 0x20
  la t1, gone_\n
  sd t0, 0(t1)
.endm

.macro LEAVE n
  SLEEP \n
  CLEAR \n
  la t0, done
  li t1, 1
  amoadd.d.aqrl zero, t1, (t0)
  PARK
.endm

.macro SHOW name, n
  la t0, \name\()_\n
  ld t0, 0(t0)
  OUT \name\().\n, t0
.endm

test:
  HARTS
  SLEEP 0
  csrw mie, zero
  AWAIT done, 3
  csrr s3, mip
  andi s3, s3, 0x20
  OUT kept.0, s3
  CLEAR 0
  .irp n, 0,1,2,3
  SHOW stip, \n
  SHOW late, \n
  SHOW gone, \n
  .endr
  DONE

hart1:
  LEAVE 1
hart2:
  LEAVE 2
hart3:
  LEAVE 3
