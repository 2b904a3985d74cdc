// What a benchmark program and its surroundings know of each other.
//
// A program is one C file that defines the three names at the end and uses nothing else but what is
// here: no library, no floating-point printing, no address in its result. It is compiled once for
// RISC-V, and that object file is linked for bare metal in M mode, for U mode under Sv39, and for
// Linux; and once for the host, whose result all others must have.
#ifndef TESTS_BENCH_GUEST_BENCH_H_
#define TESTS_BENCH_GUEST_BENCH_H_

#include <stddef.h>
#include <stdint.h>

// What the program computes with so many iterations; made known by the host build.
struct bench_check {
  uint64_t iterations;
  uint64_t sum;
};

// What main() calls FULL (some seconds interpreted) and TEST (for tests: little).
enum { BENCH_FULL, BENCH_TEST, BENCH_CHECKS };

// A system call that no kernel has: -38 (ENOSYS).
#define BENCH_NO_SUCH_CALL 1000

static inline long bench_call(long number, long a, long b, long c) {
#if defined(__riscv)
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
#else
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
#endif
}

// xorshift64: the next of a sequence of numbers; *state is never 0.
static inline uint64_t bench_random(uint64_t* state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

// Takes a value into a checksum.
static inline uint64_t bench_mix(uint64_t sum, uint64_t value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
  return sum ^ (sum >> 29);
}

// Takes the bits of a number into a checksum.
static inline uint64_t bench_mix_double(uint64_t sum, double value) {
  union {
    double value;
    uint64_t bits;
  } both = {value};
  return bench_mix(sum, both.bits);
}

extern const char bench_name[];
extern const struct bench_check bench_checks[BENCH_CHECKS];
uint64_t bench_run(uint64_t iterations);

#endif  // TESTS_BENCH_GUEST_BENCH_H_
