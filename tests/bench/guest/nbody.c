// Bodies that attract each other: products, square roots and divisions of doubles.
#include "tests/bench/guest/bench.h"

enum { BODIES = 5 };

struct body {
  double x, y, z, vx, vy, vz, mass;
};

static struct body bodies[BODIES];

static void begin(void) {
  uint64_t random = 11;
  for (int i = 0; i < BODIES; i++) {
    double v[7];
    for (int k = 0; k < 7; k++) {
      v[k] = (double)(int64_t)(bench_random(&random) >> 44) / 1048576.0;
    }
    bodies[i] = (struct body){8 * v[0] - 4,
                              8 * v[1] - 4,
                              8 * v[2] - 4,
                              v[3] / 8 - 0.0625,
                              v[4] / 8 - 0.0625,
                              v[5] / 8 - 0.0625,
                              v[6] / 4 + (i == 0 ? 4.0 : 0.01)};
  }
}

static void advance(double dt) {
  for (int i = 0; i < BODIES; i++) {
    struct body* a = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      struct body* b = &bodies[j];
      const double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      const double square =
          __builtin_fma(dx, dx, __builtin_fma(dy, dy, __builtin_fma(dz, dz, 0.015625)));
      const double magnitude = dt / (square * __builtin_sqrt(square));
      const double ma = a->mass * magnitude, mb = b->mass * magnitude;
      a->vx = __builtin_fma(-dx, mb, a->vx);
      a->vy = __builtin_fma(-dy, mb, a->vy);
      a->vz = __builtin_fma(-dz, mb, a->vz);
      b->vx = __builtin_fma(dx, ma, b->vx);
      b->vy = __builtin_fma(dy, ma, b->vy);
      b->vz = __builtin_fma(dz, ma, b->vz);
    }
  }
  for (int i = 0; i < BODIES; i++) {
    struct body* a = &bodies[i];
    a->x = __builtin_fma(dt, a->vx, a->x);
    a->y = __builtin_fma(dt, a->vy, a->y);
    a->z = __builtin_fma(dt, a->vz, a->z);
  }
}

uint64_t bench_run(uint64_t iterations) {
  uint64_t sum = 0;
  begin();
  for (uint64_t i = 0; i < iterations; i++) {
    advance(0.001);
    if (i % 64 == 0) sum = bench_mix_double(sum, bodies[i / 64 % BODIES].x);
  }
  for (int i = 0; i < BODIES; i++) sum = bench_mix_double(sum, bodies[i].vy);
  return sum;
}

const char bench_name[] = "nbody";
const struct bench_check bench_checks[BENCH_CHECKS] = {{2400000, 0xaf3d30c2d9f9c00bu},
                                                       {2000, 0x697dde23cadf5ef1u}};
