// Walks over every device of the virt board and prints what it sees: register values, access
// faults by address and size, interrupt behaviour and timing. The same program runs under QEMU and
// under lockstep-emu; the two texts must be equal (tests/e2e/device_probe_test).
#include "tests/e2e/guest/probe.h"

static void Sweep(const char* name, u64 base, u64 first, u64 last, u64 step) {
  Print("sweep ");
  Print(name);
  Put('\n');
  for (u64 offset = first; offset <= last; offset += step) {
    for (int size = 1; size <= 8; size *= 2) ShowLoad(base + offset, size);
  }
}

static void Holes(void) {
  static const u64 places[] = {
      0x0,        0xff8,      0x1000,     0x1001,     0x1028,     0xfff8,     0x10000,
      0xffff8,    0x101020,   0x101024,   0x102000,   0x2003ff8,  0x200bff0,  0x200c000,
      0x2010000,  0x4000000,  0xbfffff8,  0xc600000,  0x10000008, 0x10000ff8, 0x100011f8,
      0x10001200, 0x10009000, 0x10100018, 0x88000000, 0x100000000};
  Print("holes\n");
  for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
    for (int size = 1; size <= 8; size *= 2) ShowLoad(places[i], size);
    ShowStore(places[i] & ~7ul, 4, 0);
  }
  // ROM: stores are ignored.
  ShowStore(0x1000, 4, 0x12345678);
  ShowLoad(0x1000, 4);
  // Misaligned accesses to devices.
  ShowLoad(0x10001001, 4);
  ShowLoad(0x10001006, 8);
  ShowLoad(0x10001003, 2);
  ShowLoad(0x2004002, 4);
  ShowLoad(0x200bffc, 8);
  ShowLoad(0x101ffe, 4);
  ShowStore(0x2004002, 4, 0x11223344);
  ShowStore(0x10001001, 4, 0x11223344);
  ShowLoad(0x10000006, 4);
}

static void Clint(void) {
  Print("clint\n");
  PrintField("mip", READ_CSR(mip));
  Put('\n');
  Sweep("msip", CLINT, 0, 8, 4);
  ShowStore(CLINT, 4, 0xffffffff);
  ShowLoad(CLINT, 4);
  PrintField("mip", READ_CSR(mip));
  ShowStore(CLINT, 4, 2);
  PrintField("mip", READ_CSR(mip));
  ShowStore(CLINT, 1, 1);
  ShowStore(CLINT, 8, 1);
  ShowStore(CLINT + 4, 4, 1);
  Sweep("mtimecmp", CLINT + 0x4000, 0, 8, 4);
  ShowStore(CLINT + 0x4000, 8, 0x1122334455667788ul);
  ShowLoad(CLINT + 0x4000, 8);
  ShowLoad(CLINT + 0x4000, 4);
  ShowLoad(CLINT + 0x4004, 4);
  ShowStore(CLINT + 0x4000, 4, 0x99aabbcc);
  ShowLoad(CLINT + 0x4000, 8);
  ShowStore(CLINT + 0x4004, 4, 0xddeeff00);
  ShowLoad(CLINT + 0x4000, 8);
  ShowStore(CLINT + 0x4002, 2, 1);
  ShowStore(CLINT + 0x4004, 8, 0);
  ShowLoad(CLINT + 0x4000, 8);
  PrintField("mip", READ_CSR(mip));
  Store(CLINT + 0x4000, 8, 0);
  PrintField("mip", READ_CSR(mip));
  Put('\n');
  Sweep("mtime", CLINT + 0xb000, 0xff0, 0xffc, 4);
  ShowStore(CLINT + 0xbff8, 8, 0x500000000ul);
  ShowLoad(CLINT + 0xbff8, 8);
  ShowStore(CLINT + 0xbff8, 4, 0x1000);
  ShowLoad(CLINT + 0xbff8, 8);
  ShowStore(CLINT + 0xbffc, 4, 0);
  ShowStore(CLINT + 0xbffc, 8, 7);
  ShowLoad(CLINT + 0xbff8, 8);
}

// Counts loop turns until the timer interrupt; the exact instruction must agree.
static void Timer(u64 ticks, u64 phase) {
  u64 count = 0;
  for (volatile u64 i = 0; i < phase; i++) {
  }
  trap_count = 0;
  int fault;
  u64 now = Load(CLINT + 0xbff8, 8, &fault);
  Store(CLINT + 0x4000, 8, now + ticks);
  WRITE_CSR(mie, 0x80);
  asm volatile(
      "csrsi mstatus, 8\n"
      "1: addi %0, %0, 1\n"
      "addi %0, %0, 1\n"
      "addi %0, %0, 1\n"
      "ld t0, 0(%1)\n"
      "beqz t0, 1b\n"
      "csrci mstatus, 8\n"
      : "+r"(count)
      : "r"(&trap_count)
      : "t0", "memory");
  Print("timer");
  PrintField("ticks", ticks);
  PrintField("count", count);
  PrintField("epc", trap_epc & 0xff);
  PrintField("time", READ_CSR(time));
  PrintField("now", now);
  PrintField("cycle", READ_CSR(mcycle));
  PrintField("instret", READ_CSR(minstret));
  Put('\n');
}

static void Wait(u64 ticks) {
  int fault;
  u64 now = Load(CLINT + 0xbff8, 8, &fault);
  Store(CLINT + 0x4000, 8, now + ticks);
  WRITE_CSR(mie, 0x80);
  asm volatile("wfi");
  Print("wfi");
  PrintField("mip", READ_CSR(mip));
  PrintField("waited", READ_CSR(time) - now);
  PrintField("cycle", READ_CSR(mcycle));
  PrintField("instret", READ_CSR(minstret));
  Put('\n');
  WRITE_CSR(mie, 0);
}

static void Time(void) {
  Print("time\n");
  PrintField("time", READ_CSR(time));
  Put('\n');
  for (u64 ticks = 0; ticks < 12; ticks++) Timer(ticks, ticks * 7);
  for (u64 ticks = 20; ticks < 5000; ticks = ticks * 3 + 1) Timer(ticks, ticks);
  Wait(1);
  Wait(10000);
  Wait(12345678);
  // Traps in between: virtual time does not count run-time faults.
  u64 before = READ_CSR(time);
  int fault;
  for (int i = 0; i < 1000; i++) Load(0, 4, &fault);
  PrintField("faults", READ_CSR(time) - before);
  before = READ_CSR(time);
  for (int i = 0; i < 1000; i++) asm volatile("ecall");
  PrintField("ecalls", READ_CSR(time) - before);
  before = READ_CSR(time);
  for (int i = 0; i < 1000; i++) asm volatile(".word 0");
  PrintField("illegal", READ_CSR(time) - before);
  before = READ_CSR(time);
  for (int i = 0; i < 1000; i++) asm volatile("csrr t0, 0x123" ::: "t0");
  PrintField("csr", READ_CSR(time) - before);
  Put('\n');
}

static u8 UartReg(int reg) {
  int fault;
  return Load(UART + reg, 1, &fault);
}
static void UartSet(int reg, u8 value) { Store(UART + reg, 1, value); }

// Registers as a row, read before anything is printed.
static void UartRow(const char* what) {
  u8 iir = UartReg(2), lsr = UartReg(5), msr = UartReg(6), ier = UartReg(1);
  u64 mip = READ_CSR(mip);
  u8 mcr = UartReg(4);
  UartSet(4, mcr & ~0x10);  // print outside loopback
  u8 saved_ier = ier;
  UartSet(1, 0);
  Print("uart ");
  Print(what);
  PrintField("iir", iir);
  PrintField("lsr", lsr);
  PrintField("msr", msr);
  PrintField("ier", ier);
  PrintField("mcr", mcr);
  PrintField("mip", mip);
  Put('\n');
  UartSet(4, mcr);
  UartSet(1, saved_ier);
}

static void Uart(void) {
  Print("uart\n");
  Sweep("uart", UART, 1, 7, 1);
  UartRow("start");
  UartSet(7, 0x5a);
  ShowLoad(UART + 7, 1);
  ShowStore(UART + 4, 4, 0xff);
  UartRow("mcr ff");
  UartSet(4, 8);
  UartSet(3, 0x83);
  u8 low = UartReg(0), high = UartReg(1);
  UartSet(0, 0x34);
  UartSet(1, 0x12);
  u8 low2 = UartReg(0), high2 = UartReg(1);
  UartSet(0, 1);
  UartSet(1, 0);
  UartSet(3, 0x03);
  PrintField("divisor", low | high << 8);
  PrintField("set", low2 | high2 << 8);
  PrintField("lcr", UartReg(3));
  Put('\n');
  // FIFOs off: loopback of one byte, overrun.
  UartSet(4, 0x18);
  UartRow("loop");
  UartSet(0, 'x');
  UartRow("one byte");
  UartSet(0, 'y');
  UartRow("overrun");
  UartRow("overrun again");
  PrintField("rbr", UartReg(0));
  UartRow("read");
  PrintField("rbr", UartReg(0));
  Put('\n');
  // FIFOs on, trigger levels.
  for (int level = 0; level < 4; level++) {
    UartSet(4, 0x18);
    UartSet(2, 0x07 | level << 6);
    UartSet(1, 1);
    UartRow("fifo");
    u8 iirs[20], lsrs[20];
    for (int i = 0; i < 18; i++) {
      UartSet(0, 'a' + i);
      iirs[i] = UartReg(2);
      lsrs[i] = UartReg(5);
    }
    UartSet(1, 0);
    UartSet(4, 8);
    for (int i = 0; i < 18; i++) {
      PrintField("iir", iirs[i]);
      PrintField("lsr", lsrs[i]);
    }
    Put('\n');
    UartSet(4, 0x18);
    UartSet(1, 1);
    u8 data[18];
    for (int i = 0; i < 18; i++) {
      data[i] = UartReg(0);
      iirs[i] = UartReg(2);
      lsrs[i] = UartReg(5);
    }
    UartSet(1, 0);
    UartSet(4, 8);
    for (int i = 0; i < 18; i++) {
      PrintField("data", data[i]);
      PrintField("iir", iirs[i]);
      PrintField("lsr", lsrs[i]);
    }
    Put('\n');
  }
  // Character timeout: how long until it is signalled, for a few line settings.
  static const u8 lcrs[] = {0x03, 0x00, 0x0f, 0x07};
  static const u16 divisors[] = {1, 2, 3, 12, 100, 0};
  for (unsigned l = 0; l < 4; l++) {
    for (unsigned d = 0; d < 6; d++) {
      UartSet(3, 0x80 | lcrs[l]);
      UartSet(0, divisors[d] & 0xff);
      UartSet(1, divisors[d] >> 8);
      UartSet(3, lcrs[l]);
      UartSet(4, 0x18);
      UartSet(2, 0xc7);
      UartSet(1, 1);
      u64 before = READ_CSR(mcycle);
      UartSet(0, 'q');
      u64 turns = 0;
      while ((UartReg(2) & 0xf) != 0xc && turns < 100000) turns++;
      u64 after = READ_CSR(mcycle);
      u8 iir = UartReg(2);
      u8 byte = UartReg(0);
      u8 iir2 = UartReg(2);
      UartSet(1, 0);
      UartSet(4, 8);
      Print("timeout");
      PrintField("lcr", lcrs[l]);
      PrintField("divisor", divisors[d]);
      PrintField("turns", turns);
      PrintField("cycles", after - before);
      PrintField("iir", iir);
      PrintField("byte", byte);
      PrintField("iir", iir2);
      Put('\n');
    }
  }
  UartSet(3, 3);
  // THRE interrupt.
  UartSet(2, 0);
  UartSet(1, 2);
  u8 i1 = UartReg(2), i2 = UartReg(2);
  UartSet(1, 0);
  u8 i3 = UartReg(2);
  UartSet(1, 2);
  u8 i4 = UartReg(2);
  UartSet(0, '.');
  u8 i5 = UartReg(2), i6 = UartReg(2);
  UartSet(1, 0);
  PrintField("thre", i1);
  PrintField("", i2);
  PrintField("", i3);
  PrintField("", i4);
  PrintField("", i5);
  PrintField("", i6);
  Put('\n');
  UartSet(2, 0xff);
  UartRow("fcr ff");
  UartSet(2, 0);
  UartRow("fcr 0");
  UartSet(1, 0xff);
  u8 ier = UartReg(1);
  UartSet(1, 0);
  PrintField("ier", ier);
  Put('\n');
}

static void PlicRow(const char* what) {
  int fault;
  u64 mip = READ_CSR(mip);
  u64 p0 = Load(PLIC + 0x1000, 4, &fault);
  Print("plic ");
  Print(what);
  PrintField("mip", mip);
  PrintField("pending", p0);
  Put('\n');
}

static void Plic(void) {
  int fault;
  Print("plic\n");
  static const u64 places[] = {
      0x0,      0x4,      0x28,     0x17c,    0x180,    0x184,    0x188,    0x1000,  0x1004, 0x1008,
      0x100c,   0x1010,   0x2000,   0x2004,   0x2008,   0x200c,   0x2080,   0x2088,  0x208c, 0x2100,
      0x1ffffc, 0x200000, 0x200004, 0x200008, 0x201000, 0x201004, 0x202000, 0x5ffffc};
  for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
    u64 pa = PLIC + places[i];
    if (places[i] != 0x200004 && places[i] != 0x201004) {
      if (places[i] != 0x180) ShowStore(pa, 4, 0xffffffff);
    }
    for (int size = 1; size <= 8; size *= 2) ShowLoad(pa, size);
    if (places[i] != 0x180) ShowStore(pa, 4, 0);
    ShowLoad(pa, 4);
  }
  // The UART's THRE interrupt, source 10.
  Store(PLIC + 0x28, 4, 1);
  PlicRow("quiet");
  Store(UART + 1, 1, 2);
  PlicRow("thre raised, not enabled");
  Store(PLIC + 0x2000, 4, 1 << 10);
  PlicRow("enabled for M");
  Store(PLIC + 0x2080, 4, 1 << 10);
  PlicRow("enabled for S");
  Store(PLIC + 0x200000, 4, 1);
  PlicRow("threshold 1");
  Store(PLIC + 0x200000, 4, 0);
  PlicRow("threshold 0");
  PrintField("claim M", Load(PLIC + 0x200004, 4, &fault));
  PlicRow("claimed");
  PrintField("claim S", Load(PLIC + 0x201004, 4, &fault));
  PlicRow("claimed again");
  Store(PLIC + 0x200004, 4, 11);
  PlicRow("completed another");
  Store(PLIC + 0x200004, 4, 10);
  PlicRow("completed");
  u8 iir = UartReg(2);
  PlicRow("iir read");
  PrintField("iir", iir);
  PrintField("claim M", Load(PLIC + 0x200004, 4, &fault));
  PlicRow("claimed");
  Store(UART + 1, 1, 0);
  PlicRow("thre lowered");
  Store(UART + 1, 1, 2);
  PlicRow("thre raised while claimed");
  Store(PLIC + 0x200004, 4, 10);
  PlicRow("completed");
  Store(UART + 1, 1, 0);
  PlicRow("lowered");
  // Priorities: the goldfish RTC's alarm (11) against the UART (10).
  Store(PLIC + 0x2c, 4, 7);
  Store(PLIC + 0x2000, 4, 3 << 10);
  Store(RTC + 0x10, 4, 1);
  Store(RTC + 0x0c, 4, 0);
  Store(RTC + 0x08, 4, 0);
  Store(UART + 1, 1, 2);
  PlicRow("both");
  PrintField("claim", Load(PLIC + 0x200004, 4, &fault));
  PrintField("claim", Load(PLIC + 0x200004, 4, &fault));
  PrintField("claim", Load(PLIC + 0x200004, 4, &fault));
  Put('\n');
  Store(UART + 1, 1, 0);
  Store(RTC + 0x1c, 4, 0);
  Store(PLIC + 0x200004, 4, 10);
  Store(PLIC + 0x200004, 4, 11);
  PlicRow("end");
  // An external interrupt wakes from wfi and is taken before the next instruction.
  Store(PLIC + 0x28, 4, 1);
  trap_count = 0;
  WRITE_CSR(mie, 0x800);
  asm volatile("csrsi mstatus, 8");
  Store(UART + 1, 1, 2);
  u64 count = trap_count;
  asm volatile("csrci mstatus, 8");
  WRITE_CSR(mie, 0);
  PrintField("taken", count);
  PrintField("cause", trap_cause);
  Put('\n');
  Store(UART + 1, 1, 0);
}

static void Rtc(void) {
  int fault;
  Print("rtc\n");
  Store(PLIC + 0x2000, 4, 1 << 11);
  Store(PLIC + 0x2c, 4, 1);
  for (u64 offset = 8; offset <= 0x20; offset += 4) {
    for (int size = 1; size <= 8; size *= 2) ShowLoad(RTC + offset, size);
  }
  u64 low = Load(RTC, 4, &fault), high = Load(RTC + 4, 4, &fault);
  u64 t0 = READ_CSR(time);
  u64 ns = low | high << 32;
  PrintField("seconds", ns / 1000000000);
  PrintField("ns", ns - t0 * 100 < 200 ? 1 : ns);
  Put('\n');
  u64 alarm = ns + 1000000;
  Store(RTC + 0x10, 4, 1);
  Store(RTC + 0x0c, 4, alarm >> 32);
  Store(RTC + 0x08, 4, alarm);
  ShowLoad(RTC + 0x18, 4);
  ShowLoad(RTC + 0x08, 4);
  WRITE_CSR(mie, 0x800);
  Store(CLINT + 0x4000, 8, -1ul);
  asm volatile("wfi");
  low = Load(RTC, 4, &fault);
  high = Load(RTC + 4, 4, &fault);
  WRITE_CSR(mie, 0);
  PrintField("late ns", (low | high << 32) - alarm);
  ShowLoad(RTC + 0x18, 4);
  PlicRow("alarm");
  ShowStore(RTC + 0x1c, 4, 1);
  PlicRow("cleared");
  ShowStore(RTC + 0x0c, 4, 0x7fffffff);
  ShowStore(RTC + 0x08, 4, 0x0);
  ShowLoad(RTC + 0x18, 4);
  ShowStore(RTC + 0x14, 4, 0x1);
  ShowLoad(RTC + 0x18, 4);
  ShowLoad(RTC + 0x0c, 4);
  ShowStore(RTC + 0, 4, 5);
  low = Load(RTC, 4, &fault);
  PrintField("set low", low);
  ShowStore(RTC + 4, 4, 5);
  low = Load(RTC, 4, &fault);
  PrintField("set high", Load(RTC + 4, 4, &fault));
  Put('\n');
  Store(RTC + 0x10, 4, 0);
}

static void Select(u16 key) { Store(FW_CFG + 8, 2, (u16)(key << 8 | key >> 8)); }

static void FwCfg(void) {
  int fault;
  Print("fw_cfg\n");
  for (u64 offset = 0; offset <= 0x18; offset++) {
    for (int size = 1; size <= 8; size *= 2) {
      if ((offset & (size - 1)) == 0) ShowLoad(FW_CFG + offset, size);
    }
  }
  for (u64 offset = 0; offset <= 0x18; offset++) {
    for (int size = 1; size <= 8; size *= 2) {
      if ((offset & (size - 1)) == 0 && offset < 0x10) ShowStore(FW_CFG + offset, size, 0);
    }
  }
  for (u16 key = 0; key < 0x50; key++) {
    Select(key);
    Print("key");
    PrintField("", key);
    Put(':');
    for (int i = 0; i < 20; i++) PrintField("", Load(FW_CFG, 1, &fault));
    Put('\n');
  }
  for (u16 key = 0x8000; key < 0x8002; key++) {
    Select(key);
    Print("key");
    PrintField("", key);
    PrintField("", Load(FW_CFG, 8, &fault));
    Put('\n');
  }
  static const int sizes[] = {2, 4, 8};
  for (int i = 0; i < 3; i++) {
    Select(0);
    PrintField("signature", Load(FW_CFG, sizes[i], &fault));
  }
  Select(0x19);
  u32 files = 0;
  for (int i = 0; i < 4; i++) files = files << 8 | (u8)Load(FW_CFG, 1, &fault);
  PrintField("files", files);
  Put('\n');
  for (u32 f = 0; f < files && f < 40; f++) {
    u8 entry[64];
    for (int i = 0; i < 64; i++) entry[i] = Load(FW_CFG, 1, &fault);
    PrintField("size", entry[0] << 24 | entry[1] << 16 | entry[2] << 8 | entry[3]);
    PrintField("select", entry[4] << 8 | entry[5]);
    Put(' ');
    Print((const char*)entry + 8);
    Put('\n');
  }
  for (u32 f = 0; f < files && f < 40; f++) {
    Select(0x20 + f);
    for (int i = 0; i < 16; i++) PrintField("", Load(FW_CFG, 1, &fault));
    Put('\n');
  }
  // DMA: signature, read with select and skip, past the end, error.
  static u8 buffer[64];
  static volatile u8 access[16] __attribute__((aligned(16)));
  static const u32 controls[] = {0x0000000a, 0x00050008, 0x2, 0x4,
                                 0x2,        0x00000010, 0x2, 0x00190018};
  static const u32 lengths[] = {3, 0, 6, 2, 16, 4, 4, 4};
  for (unsigned i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
    for (int b = 0; b < 64; b++) buffer[b] = 0xcc;
    u64 target = (u64)buffer;
    for (int b = 0; b < 4; b++) access[b] = controls[i] >> (24 - 8 * b);
    for (int b = 0; b < 4; b++) access[4 + b] = lengths[i] >> (24 - 8 * b);
    for (int b = 0; b < 8; b++) access[8 + b] = target >> (56 - 8 * b);
    u64 where = 0;
    for (int b = 0; b < 8; b++) where = where << 8 | ((u64)access >> (8 * b) & 0xff);
    if (i & 1) {
      Store(FW_CFG + 16, 4, where & 0xffffffff);
      Store(FW_CFG + 20, 4, where >> 32);
    } else {
      Store(FW_CFG + 16, 8, where);
    }
    Print("dma");
    for (int b = 0; b < 16; b++) PrintField("", access[b]);
    Put(':');
    for (int b = 0; b < 18; b++) PrintField("", buffer[b]);
    Put('\n');
  }
}

static void Flash(void) {
  int fault;
  Print("flash\n");
  for (int size = 1; size <= 8; size *= 2) ShowLoad(FLASH, size);
  for (int size = 1; size <= 8; size *= 2) ShowLoad(FLASH + 0x3fffff8, size);
  ShowLoad(FLASH + 0x4000000, 4);
  // CFI query.
  ShowStore(FLASH + 0x55 * 4, 4, 0x00980098);
  for (int i = 0; i < 0x50; i++) PrintField("", Load(FLASH + i * 4, 4, &fault));
  Put('\n');
  for (int size = 1; size <= 8; size *= 2) ShowLoad(FLASH + 0x40, size);
  ShowLoad(FLASH + 0x42, 2);
  ShowLoad(FLASH + 0x41, 1);
  ShowStore(FLASH, 4, 0x00ff00ff);
  ShowLoad(FLASH + 0x40, 4);
  // Device identifiers.
  ShowStore(FLASH, 4, 0x00900090);
  for (int i = 0; i < 4; i++) ShowLoad(FLASH + i * 4, 4);
  ShowLoad(FLASH, 1);
  ShowLoad(FLASH + 2, 2);
  ShowLoad(FLASH, 8);
  ShowStore(FLASH, 4, 0x00ff00ff);
  // Status register.
  ShowStore(FLASH, 4, 0x00700070);
  for (int size = 1; size <= 8; size *= 2) ShowLoad(FLASH, size);
  ShowStore(FLASH, 4, 0x00500050);
  ShowLoad(FLASH, 4);
  ShowStore(FLASH, 4, 0x00ff00ff);
  ShowLoad(FLASH, 4);
  // Program a word, read it, erase the block.
  ShowStore(FLASH, 4, 0x00400040);
  ShowLoad(FLASH + 0x100, 4);
  ShowStore(FLASH + 0x100, 4, 0x12345678);
  ShowLoad(FLASH + 0x100, 4);
  ShowStore(FLASH, 4, 0x00ff00ff);
  ShowLoad(FLASH + 0x100, 4);
  ShowLoad(FLASH + 0x100, 8);
  ShowStore(FLASH, 4, 0x00200020);
  ShowStore(FLASH, 4, 0x00d000d0);
  ShowLoad(FLASH, 4);
  ShowStore(FLASH, 4, 0x00ff00ff);
  ShowLoad(FLASH + 0x100, 4);
  ShowLoad(FLASH + 0x3fffc, 4);
  ShowLoad(FLASH + 0x40000, 4);
  // Buffered write of three words.
  ShowStore(FLASH, 4, 0x00e800e8);
  ShowLoad(FLASH, 4);
  ShowStore(FLASH, 4, 0x00020002);
  ShowStore(FLASH + 0x200, 4, 0x01020304);
  ShowStore(FLASH + 0x204, 4, 0x05060708);
  ShowStore(FLASH + 0x208, 4, 0x090a0b0c);
  ShowStore(FLASH, 4, 0x00d000d0);
  ShowLoad(FLASH, 4);
  ShowStore(FLASH, 4, 0x00ff00ff);
  for (int i = 0; i < 5; i++) ShowLoad(FLASH + 0x1fc + i * 4, 4);
  // The second bank is separate; unknown commands are ignored.
  ShowStore(FLASH + 0x2000000, 4, 0x00900090);
  ShowLoad(FLASH + 0x2000000, 4);
  ShowLoad(FLASH + 0x200, 4);
  ShowStore(FLASH + 0x2000000, 4, 0x00ff00ff);
  ShowStore(FLASH, 4, 0x00010001);
  ShowLoad(FLASH + 0x200, 4);
  ShowStore(FLASH, 4, 0x00200020);
  ShowStore(FLASH, 4, 0x00010001);
  ShowLoad(FLASH, 4);
  ShowStore(FLASH, 1, 0xff);
  ShowLoad(FLASH + 0x200, 4);
}

int main(void) {
  Print("device probe\n");
  PrintField("time", READ_CSR(time));
  Put('\n');
  Holes();
  Clint();
  Time();
  Uart();
  Plic();
  Rtc();
  Sweep("virtio", 0x10001000, 0, 0x10, 4);
  Sweep("virtio", 0x10008000, 0x70, 0x104, 4);
  ShowStore(0x10001000 + 0x70, 4, 1);
  ShowLoad(0x10001000 + 0x70, 4);
  FwCfg();
  Flash();
  Sweep("finisher", 0x100000, 0, 8, 4);
  ShowStore(0x100000, 1, 0x55);
  ShowStore(0x100000, 4, 0x1234);
  ShowStore(0x100004, 4, 0x5555);
  ShowStore(0x100000, 8, 0x5555);
  Print("end\n");
  return 7;
}
