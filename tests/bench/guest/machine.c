// The bare-metal setting: the program runs in M mode, its calls are traps into M mode.
#include "tests/bench/guest/runtime.h"

enum { CAUSE_ECALL_M = 11 };

uint64_t machine_begin(uint64_t stack_top) { return make_arguments(stack_top, stack_top); }

void machine_trap(struct frame* frame) {
  uint64_t cause;
  __asm__ volatile("csrr %0, mcause" : "=r"(cause));
  if (cause != CAUSE_ECALL_M) power_off(0x100 + (cause & 0x3f));
  serve_call(frame);
}
