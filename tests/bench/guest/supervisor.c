// The Sv39 setting: the program runs in U mode on pages of 4 KiB, with a timer of 100 Hz whose
// handler executes sfence.vma. The runtime itself runs in S mode on pages of 1 GiB.
#include "tests/bench/guest/runtime.h"

enum {
  CAUSE_ECALL_U = 8,
  TICK = 100000,  // of the 10 MHz clock
  PAGE = 4096,
  ENTRIES = 512,
  STACK_PAGES = 16,
  V = 1,
  R = 2,
  W = 4,
  X = 8,
  U = 16,
  A = 64,
  D = 128,
};

#define INTERRUPT_TIMER_S (((uint64_t)1 << 63) | 5)
#define PROGRAM_BASE 0x40000000  // entry 1 of the root: everything the program has
#define STACK_TOP 0x7ffff000
#define SATP_SV39 ((uint64_t)8 << 60)

// Of the linker: virtual addresses of the program's parts, and where the program begins in memory.
// Their distance from here is more than an address relative to pc spans, so they are read from a
// table.
extern const uint64_t program_text_end, program_data_end, program_pa, tables_pa;
struct layout {
  uint64_t text_end, data_end, pa, tables;
};
static const struct layout layout = {(uint64_t)&program_text_end, (uint64_t)&program_data_end,
                                     (uint64_t)&program_pa, (uint64_t)&tables_pa};

static uint64_t next_tick;
static uint64_t next_table;  // tables are taken from here, one page each; memory is zero at reset
static uint64_t* root;

static uint64_t* new_table(void) {
  uint64_t* table = (uint64_t*)next_table;
  next_table += PAGE;
  return table;
}

static uint64_t pte(uint64_t pa, uint64_t flags) { return pa >> 12 << 10 | flags | V; }

static uint64_t* table_below(uint64_t* entry) {
  if ((*entry & V) == 0) *entry = pte((uint64_t)new_table(), 0);
  return (uint64_t*)(*entry >> 10 << 12);
}

static void map_page(uint64_t va, uint64_t pa, uint64_t flags) {
  uint64_t* level1 = table_below(&root[va >> 30 & (ENTRIES - 1)]);
  uint64_t* level0 = table_below(&level1[va >> 21 & (ENTRIES - 1)]);
  level0[va >> 12 & (ENTRIES - 1)] = pte(pa, flags | U | A | D);
}

static void set_timer(uint64_t when) {
  register uint64_t a0 __asm__("a0") = when;
  __asm__ volatile("ecall" : "+r"(a0) : : "memory");
}

static void next_timer(void) {
  uint64_t now;
  __asm__ volatile("rdtime %0" : "=r"(now));
  next_tick = next_tick + TICK > now ? next_tick + TICK : now + TICK;
  set_timer(next_tick);
}

uint64_t supervisor_begin(void) {
  next_table = layout.tables;
  root = new_table();
  root[0] = pte(0, R | W | A | D);
  root[2] = pte(0x80000000, R | W | X | A | D);
  for (uint64_t va = PROGRAM_BASE; va < layout.data_end; va += PAGE) {
    map_page(va, va - PROGRAM_BASE + layout.pa, va < layout.text_end ? R | X : R | W);
  }
  uint64_t stack = 0;
  for (int i = STACK_PAGES; i > 0; i--) {
    stack = (uint64_t)new_table();
    map_page(STACK_TOP - i * PAGE, stack, R | W);
  }
  const uint64_t sp = make_arguments(stack + PAGE, STACK_TOP);
  __asm__ volatile("csrw satp, %0; sfence.vma"
                   :
                   : "r"(SATP_SV39 | (uint64_t)root >> 12)
                   : "memory");
  next_timer();
  return sp;
}

void supervisor_trap(struct frame* frame) {
  uint64_t cause;
  __asm__ volatile("csrr %0, scause" : "=r"(cause));
  if (cause == CAUSE_ECALL_U) {
    serve_call(frame);
  } else if (cause == INTERRUPT_TIMER_S) {
    next_timer();
    __asm__ volatile("sfence.vma" : : : "memory");
  } else {
    power_off(0x100 + (cause & 0x3f));
  }
}
