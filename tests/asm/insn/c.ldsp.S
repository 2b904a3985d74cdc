# c.ldsp: rd = the double word at sp + offset; all registers; the offset is a multiple of 8.
# expect: ra=0x80818283f0e0d0c0 t0=0x81838587f5e6d7c8 s1=0x8285888bfaecded0 a0=0x84898e9404f8ece0
# expect: a7=0x88919aa419110900 s11=0x90a1b2c441414140 t6=0xa0c1e30491a1b1c0 t3=0xc00040812d5c8bb8
# expect: sp=0x81838587f5e6d7c8

.include "../common.inc"
.option rvc

test:
  la sp, cells
  c.ldsp ra, 0(sp)
  c.ldsp t0, 8(sp)
  c.ldsp s1, 16(sp)
  c.ldsp a0, 32(sp)
  c.ldsp a7, 64(sp)
  c.ldsp s11, 128(sp)
  c.ldsp t6, 256(sp)
  c.ldsp t3, 504(sp)
  c.ldsp sp, 8(sp)
  DONE

.section .data
.balign 16
cells:
  .dword 0x80818283f0e0d0c0
  .dword 0x81838587f5e6d7c8
  .dword 0x8285888bfaecded0
  .dword 0x83878b8ffff2e5d8
  .dword 0x84898e9404f8ece0
  .dword 0x858b919809fef3e8
  .dword 0x868d949c0f04faf0
  .dword 0x878f97a0140b01f8
  .dword 0x88919aa419110900
  .dword 0x89939da81e171008
  .dword 0x8a95a0ac231d1710
  .dword 0x8b97a3b028231e18
  .dword 0x8c99a6b42d292520
  .dword 0x8d9ba9b8322f2c28
  .dword 0x8e9dacbc37353330
  .dword 0x8f9fafc03c3b3a38
  .dword 0x90a1b2c441414140
  .dword 0x91a3b5c846474848
  .dword 0x92a5b8cc4b4d4f50
  .dword 0x93a7bbd050535658
  .dword 0x94a9bed455595d60
  .dword 0x95abc1d85a5f6468
  .dword 0x96adc4dc5f656b70
  .dword 0x97afc7e0646b7278
  .dword 0x98b1cae469717980
  .dword 0x99b3cde86e778088
  .dword 0x9ab5d0ec737d8790
  .dword 0x9bb7d3f078838e98
  .dword 0x9cb9d6f47d8995a0
  .dword 0x9dbbd9f8828f9ca8
  .dword 0x9ebddcfc8795a3b0
  .dword 0x9fbfe0008c9baab8
  .dword 0xa0c1e30491a1b1c0
  .dword 0xa1c3e60896a7b8c8
  .dword 0xa2c5e90c9badbfd0
  .dword 0xa3c7ec10a0b3c6d8
  .dword 0xa4c9ef14a5b9cde0
  .dword 0xa5cbf218aabfd4e8
  .dword 0xa6cdf51cafc5dbf0
  .dword 0xa7cff820b4cbe2f8
  .dword 0xa8d1fb24b9d1ea00
  .dword 0xa9d3fe28bed7f108
  .dword 0xaad6012cc3ddf810
  .dword 0xabd80430c8e3ff18
  .dword 0xacda0734cdea0620
  .dword 0xaddc0a38d2f00d28
  .dword 0xaede0d3cd7f61430
  .dword 0xafe01040dcfc1b38
  .dword 0xb0e21344e2022240
  .dword 0xb1e41648e7082948
  .dword 0xb2e6194cec0e3050
  .dword 0xb3e81c50f1143758
  .dword 0xb4ea1f54f61a3e60
  .dword 0xb5ec2258fb204568
  .dword 0xb6ee255d00264c70
  .dword 0xb7f02861052c5378
  .dword 0xb8f22b650a325a80
  .dword 0xb9f42e690f386188
  .dword 0xbaf6316d143e6890
  .dword 0xbbf8347119446f98
  .dword 0xbcfa37751e4a76a0
  .dword 0xbdfc3a7923507da8
  .dword 0xbefe3d7d285684b0
  .dword 0xc00040812d5c8bb8
