// Stores and loads values of all sizes to random places of every device, for ever. `seed` is
// patched by the test. Whatever happens to the machine, the emulator has to survive it: power-off
// and reset are avoided by leaving the finisher's register alone.
#include "tests/e2e/guest/probe.h"

volatile u64 seed = 0x5eed5eed5eed5eed;

static u64 Random(void) {
  u64 x = seed;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  seed = x;
  return x * 0x2545f4914f6cdd1dul;
}

struct Window {
  u64 base, size;
};
static const struct Window kWindows[] = {
    {0x101000, 0x24},    {0x2000000, 0x10},   {0x2004000, 0x10},    {0x200bff8, 8},
    {0xc000000, 0x200},  {0xc001000, 0x20},   {0xc002000, 0x100},   {0xc200000, 0x2010},
    {0x10000000, 8},     {0x10001000, 0x200}, {0x10002000, 0x200},  {0x10003000, 0x200},
    {0x10004000, 0x200}, {0x10005000, 0x200}, {0x10006000, 0x200},  {0x10007000, 0x200},
    {0x10008000, 0x200}, {0x10100000, 0x18},  {0x20000000, 0x1000}, {0x22000000, 0x1000},
    {0x10008000, 0x200}, {0x10007000, 0x200}, {0x10006000, 0x200},
};

// Addresses, lengths and indices that mean something to a device more often than chance gives.
static u64 Value(void) {
  u64 r = Random();
  switch (r % 8) {
    case 0:
      return r >> 32 & 0xf;
    case 1:
      return 0x80040000 + (r >> 32 & 0x3ff0);
    case 2:
      return 1ul << (r >> 32 & 63);
    case 3:
      return ~0ul;
    case 4:
      return r >> 56;
    default:
      return r;
  }
}

// Brings a virtio slot up as far as chance lets it and rings its bell.
static void Virtio(u64 base) {
  Store(base + 0x70, 4, 0);
  Store(base + 0x70, 4, 3);
  for (u64 half = 0; half < 2; half++) {
    Store(base + 0x24, 4, half);
    Store(base + 0x20, 4, Value() | half);
  }
  Store(base + 0x70, 4, 11);
  for (u64 queue = 0; queue < 4; queue++) {
    Store(base + 0x30, 4, queue);
    Store(base + 0x38, 4, 1ul << (Random() & 7));
    for (u64 part = 0; part < 3; part++) {
      Store(base + 0x80 + part * 0x10, 4, 0x80040000 + 0x1000 * part + (Random() & 0xff0));
      Store(base + 0x84 + part * 0x10, 4, 0);
    }
    Store(base + 0x44, 4, 1);
  }
  Store(base + 0x70, 4, 15);
  for (int turn = 0; turn < 8; turn++) {
    // Rings and buffers of random contents.
    for (int i = 0; i < 64; i++) {
      *(volatile u32*)(0x80040000 + (Random() & 0x3ffc)) = (u32)Value();
    }
    Store(base + 0x50, 4, Random() & 3);
  }
}

int main(void) {
  for (;;) {
    u64 r = Random();
    const struct Window* window = &kWindows[r % (sizeof(kWindows) / sizeof(kWindows[0]))];
    int size = 1 << (r >> 32 & 3);
    u64 place = window->base + (r >> 40) % window->size;
    place &= ~(u64)(size - 1);
    if (r >> 62 == 0) {
      int fault;
      Load(place, size, &fault);
    } else {
      Store(place, size, Value());
    }
    if ((r >> 36 & 63) == 0) Virtio(0x10001000 + (r >> 44 & 7) * 0x1000);
  }
}
