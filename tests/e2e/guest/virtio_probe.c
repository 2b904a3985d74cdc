// Walks over the virtio-mmio slots and the registers of what it finds there, before, during and
// after negotiation. The same program runs under QEMU (force-legacy=false) and under lockstep-emu;
// the two texts must be equal (tests/e2e/virtio_probe_test).
#include "tests/e2e/guest/probe.h"

#define SLOT(n) (0x10001000ul + (n)*0x1000ul)

static u64 Get(u64 pa) {
  int fault;
  return Load(pa, 4, &fault);
}
static void Set(u64 pa, u64 value) { Store(pa, 4, value); }
static void Show(const char* name, u64 pa) { PrintField(name, Get(pa)); }

static void Registers(u64 base) {
  for (u64 offset = 0; offset < 0x100; offset += 4) {
    if (Get(base + offset) == 0) continue;
    ShowLoad(base + offset, 4);
  }
  for (int size = 1; size <= 8; size *= 2) ShowLoad(base, size);
  ShowLoad(base + 1, 1);
  ShowLoad(base + 0x70, 1);
  ShowStore(base + 0x70, 1, 0xf);
  Show("status", base + 0x70);
  Put('\n');
}

static void Features(u64 base) {
  for (u32 sel = 0; sel < 4; sel++) {
    Set(base + 0x14, sel);
    Show("features", base + 0x10);
  }
  Put('\n');
}

static void Queues(u64 base) {
  for (u32 queue = 0; queue < 70; queue++) {
    Set(base + 0x30, queue);
    u64 max = Get(base + 0x34);
    if (max == 0) continue;
    PrintField("queue", queue);
    PrintField("max", max);
    Show("ready", base + 0x44);
    Put('\n');
  }
  Set(base + 0x30, 5000);
  Show("max", base + 0x34);
  Put('\n');
}

static void Config(u64 base) {
  for (int size = 1; size <= 8; size *= 2) {
    Print("config");
    for (u64 offset = 0x100; offset < 0x160; offset += size) {
      int fault;
      u64 value = Load(base + offset, size, &fault);
      Put(' ');
      if (fault) {
        Put('!');
      } else {
        PrintHex(value);
      }
    }
    Put('\n');
  }
  ShowLoad(base + 0x101, 2);
  ShowLoad(base + 0x1fc, 4);
  ShowStore(base + 0x120, 1, 0);
  ShowLoad(base + 0x120, 4);
  ShowStore(base + 0x120, 1, 5);
  ShowLoad(base + 0x120, 4);
  ShowStore(base + 0x100, 4, 0x12345678);
  ShowLoad(base + 0x100, 4);
  ShowStore(base + 0x1f0, 4, 0x12345678);
  Show("generation", base + 0xfc);
  Put('\n');
}

static void State(u64 base) {
  Show("status", base + 0x70);
  Show("isr", base + 0x60);
  Show("ready", base + 0x44);
  Show("max", base + 0x34);
  Show("pending", PLIC + 0x1000);
  Put('\n');
}

// Negotiates with the features of `mask` and says what became of it.
static void Negotiate(u64 base, u64 low, u64 high) {
  Print("negotiate");
  PrintField("low", low);
  PrintField("high", high);
  Set(base + 0x70, 0);
  Set(base + 0x70, 1);
  Set(base + 0x70, 3);
  Set(base + 0x24, 0);
  Set(base + 0x20, low);
  Set(base + 0x24, 1);
  Set(base + 0x20, high);
  Set(base + 0x70, 11);
  State(base);
  Set(base + 0x30, 0);
  Set(base + 0x38, 8);
  State(base);
  Set(base + 0x44, 1);
  State(base);
  Set(base + 0x44, 0);
  State(base);
  Set(base + 0x80, 0x80200000);
  Set(base + 0x84, 0);
  Set(base + 0x90, 0x80201000);
  Set(base + 0x94, 0);
  Set(base + 0xa0, 0x80202000);
  Set(base + 0xa4, 0);
  Set(base + 0x44, 1);
  State(base);
  Set(base + 0x70, 15);
  State(base);
  Set(base + 0x50, 0);
  State(base);
  Set(base + 0x50, 1000);
  Set(base + 0x50, 100000);
  Set(base + 0x64, 0xff);
  State(base);
  Set(base + 0x30, 900);
  State(base);
  Set(base + 0x70, 0x100);
  State(base);
  Set(base + 0x30, 0);
  State(base);
}

int main(void) {
  for (int slot = 0; slot < 8; slot++) {
    u64 base = SLOT(slot);
    PrintField("slot", slot);
    Show("magic", base);
    Show("version", base + 4);
    Show("device", base + 8);
    Put('\n');
    if (Get(base + 8) == 0) continue;
    Registers(base);
    Features(base);
    Queues(base);
    Config(base);
    Negotiate(base, 0xffffffff, 0xffffffff);
    Negotiate(base, 0, 1);
    Negotiate(base, 0x20000000, 0);
  }
  return 7;
}
