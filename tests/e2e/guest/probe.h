// What the bare-metal probes share: printing on the UART, and memory accesses whose faults are
// values.
#ifndef TESTS_E2E_GUEST_PROBE_H_
#define TESTS_E2E_GUEST_PROBE_H_

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

extern volatile u64 trap_cause, trap_count, trap_tval, trap_epc;

#define UART 0x10000000ul
#define CLINT 0x2000000ul
#define PLIC 0xc000000ul
#define RTC 0x101000ul
#define FW_CFG 0x10100000ul
#define FLASH 0x20000000ul

static inline void Put(char c) { *(volatile u8*)UART = c; }
static inline void Print(const char* s) {
  while (*s) Put(*s++);
}
static inline void PrintHex(u64 value) {
  int shift = 60;
  while (shift > 0 && !(value >> shift)) shift -= 4;
  for (; shift >= 0; shift -= 4) Put("0123456789abcdef"[value >> shift & 15]);
}
static inline void PrintField(const char* name, u64 value) {
  Put(' ');
  Print(name);
  Put('=');
  PrintHex(value);
}

// Loads `size` bytes at `pa`; *fault is 1 when it trapped.
static inline u64 Load(u64 pa, int size, int* fault) {
  u64 before = trap_count, value = 0;
  switch (size) {
    case 1:
      asm volatile("lbu %0, 0(%1)" : "+r"(value) : "r"(pa) : "memory");
      break;
    case 2:
      asm volatile("lhu %0, 0(%1)" : "+r"(value) : "r"(pa) : "memory");
      break;
    case 4:
      asm volatile("lwu %0, 0(%1)" : "+r"(value) : "r"(pa) : "memory");
      break;
    default:
      asm volatile("ld %0, 0(%1)" : "+r"(value) : "r"(pa) : "memory");
      break;
  }
  *fault = trap_count != before;
  return value;
}
static inline int Store(u64 pa, int size, u64 value) {
  u64 before = trap_count;
  switch (size) {
    case 1:
      asm volatile("sb %0, 0(%1)" ::"r"(value), "r"(pa) : "memory");
      break;
    case 2:
      asm volatile("sh %0, 0(%1)" ::"r"(value), "r"(pa) : "memory");
      break;
    case 4:
      asm volatile("sw %0, 0(%1)" ::"r"(value), "r"(pa) : "memory");
      break;
    default:
      asm volatile("sd %0, 0(%1)" ::"r"(value), "r"(pa) : "memory");
      break;
  }
  return trap_count != before;
}

#define READ_CSR(name)                                    \
  ({                                                      \
    u64 v_;                                               \
    asm volatile("csrr %0, " #name : "=r"(v_)::"memory"); \
    v_;                                                   \
  })
#define WRITE_CSR(name, v) asm volatile("csrw " #name ", %0" ::"r"((u64)(v)) : "memory")
#define SET_CSR(name, v) asm volatile("csrs " #name ", %0" ::"r"((u64)(v)) : "memory")
#define CLEAR_CSR(name, v) asm volatile("csrc " #name ", %0" ::"r"((u64)(v)) : "memory")

// Prints one access: "r4 10001000 = 74726976" or "r4 10001000 fault 5 10001000".
static inline void ShowLoad(u64 pa, int size) {
  int fault;
  u64 value = Load(pa, size, &fault);
  Put('r');
  PrintHex(size);
  Put(' ');
  PrintHex(pa);
  if (fault) {
    PrintField("fault", trap_cause);
    PrintField("tval", trap_tval);
  } else {
    Print(" = ");
    PrintHex(value);
  }
  Put('\n');
}
static inline void ShowStore(u64 pa, int size, u64 value) {
  int fault = Store(pa, size, value);
  Put('w');
  PrintHex(size);
  Put(' ');
  PrintHex(pa);
  Put(' ');
  PrintHex(value);
  if (fault) {
    PrintField("fault", trap_cause);
    PrintField("tval", trap_tval);
  }
  Put('\n');
}

#endif  // TESTS_E2E_GUEST_PROBE_H_
