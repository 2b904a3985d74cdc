// Products of matrices of doubles, with fused multiplication and addition as compilers emit it.
#include "tests/bench/guest/bench.h"

enum { DIM = 96 };

static double a[DIM][DIM], b[DIM][DIM], c[DIM][DIM];

static void multiply(void) {
  for (int i = 0; i < DIM; i++) {
    for (int j = 0; j < DIM; j++) {
      double sum = 0;
      for (int k = 0; k < DIM; k++) sum = __builtin_fma(a[i][k], b[k][j], sum);
      c[i][j] = sum;
    }
  }
}

// The product becomes a factor, scaled so that it neither grows nor vanishes.
static double scale(void) {
  double largest = 0;
  for (int i = 0; i < DIM; i++) {
    for (int j = 0; j < DIM; j++) {
      const double size = c[i][j] < 0 ? -c[i][j] : c[i][j];
      if (size > largest) largest = size;
    }
  }
  const double factor = 1.0 / largest;
  for (int i = 0; i < DIM; i++) {
    for (int j = 0; j < DIM; j++) a[i][j] = c[i][j] * factor + (i == j ? 0.125 : 0.0);
  }
  return largest;
}

uint64_t bench_run(uint64_t iterations) {
  uint64_t random = 3, sum = 0;
  for (int i = 0; i < DIM; i++) {
    for (int j = 0; j < DIM; j++) {
      a[i][j] = (double)(int64_t)(bench_random(&random) >> 40) / 8388608.0 - 1.0;
      b[i][j] = (double)(int64_t)(bench_random(&random) >> 40) / 16777216.0;
    }
  }
  for (uint64_t i = 0; i < iterations; i++) {
    multiply();
    sum = bench_mix_double(sum, scale());
    sum = bench_mix_double(sum, a[i % DIM][(i * 7) % DIM]);
  }
  return sum;
}

const char bench_name[] = "matrix";
const struct bench_check bench_checks[BENCH_CHECKS] = {{200, 0xa841c4119533cf2bu},
                                                       {2, 0x6990a4c6a38e4d78u}};
