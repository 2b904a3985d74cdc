// What the two runtimes (machine.c, supervisor.c) share: the virt board's devices and the calls of
// a program.
#ifndef TESTS_BENCH_GUEST_RUNTIME_H_
#define TESTS_BENCH_GUEST_RUNTIME_H_

// The word for the program is put here, ended by 0, by -device loader; nothing is "full".
#define PARAMETER 0x8f000000
#define PARAMETER_BYTES 24

#define UART 0x10000000
#define FINISHER 0x100000
#define MTIMECMP 0x2004000

// What was interrupted, as trap.inc saves it: x1 to x31, and where.
#define FRAME_EPC 248
#define FRAME_BYTES 256

#ifndef __ASSEMBLER__
#include <stdint.h>

struct frame {
  uint64_t x[31];
  uint64_t epc;
};

#define FRAME_REGISTER(frame, n) ((frame)->x[(n)-1])

// Never returns.
static inline void power_off(uint64_t status) {
  volatile uint32_t* finisher = (volatile uint32_t*)FINISHER;
  *finisher = status == 0 ? 0x5555 : (uint32_t)(status << 16) | 0x3333;
  for (;;) {
  }
}

static inline void print_bytes(const char* text, uint64_t bytes) {
  volatile uint8_t* uart = (volatile uint8_t*)UART;
  for (; bytes != 0; bytes--) {
    while ((uart[5] & 0x20) == 0) {
    }
    uart[0] = (uint8_t)*text++;
  }
}

// A call of the program: write, exit, or none that is known.
static inline void serve_call(struct frame* frame) {
  frame->epc += 4;
  switch (FRAME_REGISTER(frame, 17)) {
    case 64:
      print_bytes((const char*)FRAME_REGISTER(frame, 11), FRAME_REGISTER(frame, 12));
      FRAME_REGISTER(frame, 10) = FRAME_REGISTER(frame, 12);
      break;
    case 93:
      power_off(FRAME_REGISTER(frame, 10));
      break;
    default:
      FRAME_REGISTER(frame, 10) = (uint64_t)-38;
  }
}

// Puts argc and argv below `top`, an address of the runtime's where the program sees `program_top`;
// what the program's sp is to be.
static inline uint64_t make_arguments(uint64_t top, uint64_t program_top) {
  char* words = (char*)(top - 2 * PARAMETER_BYTES);
  const char* parameter = (const char*)PARAMETER;
  words[0] = 0;
  int length = 0;
  for (; length < PARAMETER_BYTES - 1 && parameter[length] != 0; length++) {
    words[PARAMETER_BYTES + length] = parameter[length];
  }
  words[PARAMETER_BYTES + length] = 0;
  uint64_t* arguments = (uint64_t*)(top - 128);
  const uint64_t seen = program_top - 2 * PARAMETER_BYTES;
  arguments[0] = length == 0 ? 1 : 2;
  arguments[1] = seen;
  arguments[2] = length == 0 ? 0 : seen + PARAMETER_BYTES;
  arguments[3] = 0;
  return program_top - 128;
}
#endif  // __ASSEMBLER__

#endif  // TESTS_BENCH_GUEST_RUNTIME_H_
