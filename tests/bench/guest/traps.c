// Traps: a system call that no kernel has, every few dozen instructions.
#include "tests/bench/guest/bench.h"

uint64_t bench_run(uint64_t iterations) {
  uint64_t random = 13, sum = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    const uint64_t draw = bench_random(&random);
    const long result = bench_call(BENCH_NO_SUCH_CALL, (long)draw, (long)i, 0);
    sum = bench_mix(sum, draw + (uint64_t)result);
  }
  return sum;
}

const char bench_name[] = "traps";
const struct bench_check bench_checks[BENCH_CHECKS] = {{1500000, 0x8ed349aef4bf0600u},
                                                       {2000, 0x3688577245f1f643u}};
