// Calls and returns, direct and through pointers. For tests/bench/qemu_slowdown.py.
#include <stdio.h>

typedef unsigned (*Function)(unsigned);

static __attribute__((noinline)) unsigned Fibonacci(unsigned n) {
  return n < 2 ? n : Fibonacci(n - 1) + Fibonacci(n - 2);
}
static __attribute__((noinline)) unsigned Twice(unsigned n) { return 2 * n + 1; }
static __attribute__((noinline)) unsigned Mixed(unsigned n) { return (n >> 3) ^ n; }

static Function functions[] = {Twice, Mixed, Twice, Mixed};

int main(void) {
  unsigned sum = Fibonacci(34);
  for (unsigned i = 0; i < 40000000; i++) sum = functions[(sum ^ i) & 3](sum);
  printf("%u\n", sum);
  return 0;
}
