// Calls through pointers and returns: a table of functions in an order that varies, objects with
// methods, and a deep recursion.
#include "tests/bench/guest/bench.h"

enum { FUNCTIONS = 16, SHAPES = 256 };

typedef uint64_t (*function)(uint64_t, uint64_t);

#define FUNCTION(name, expression) \
  static __attribute__((noinline)) uint64_t name(uint64_t x, uint64_t y) { return expression; }

FUNCTION(f0, x + y)
FUNCTION(f1, x - y)
FUNCTION(f2, x ^ (y << 1))
FUNCTION(f3, (x << 7 | x >> 57) + y)
FUNCTION(f4, x * 5 + y)
FUNCTION(f5, x & ~y)
FUNCTION(f6, x | y)
FUNCTION(f7, (x >> 3) + y * 3)
FUNCTION(f8, x + (y >> 5))
FUNCTION(f9, y - x)
FUNCTION(f10, x ^ y ^ 0x55)
FUNCTION(f11, (x << 3) - y)
FUNCTION(f12, x* y)
FUNCTION(f13, ~x + y)
FUNCTION(f14, (x >> 9 | x << 55) ^ y)
FUNCTION(f15, x + 2 * y + 1)

static function volatile functions[FUNCTIONS] = {f0, f1, f2,  f3,  f4,  f5,  f6,  f7,
                                                 f8, f9, f10, f11, f12, f13, f14, f15};

struct shape;
struct methods {
  uint64_t (*area)(const struct shape*);
  void (*grow)(struct shape*, uint64_t);
};
struct shape {
  const struct methods* methods;
  uint64_t a, b;
};

static uint64_t square_area(const struct shape* s) { return s->a * s->a; }
static void square_grow(struct shape* s, uint64_t by) { s->a = (s->a + by) & 0xffff; }
static uint64_t box_area(const struct shape* s) { return s->a * s->b; }
static void box_grow(struct shape* s, uint64_t by) {
  s->a = (s->a + by) & 0xffff;
  s->b = (s->b + 1) & 0xffff;
}
static uint64_t line_area(const struct shape* s) { return s->b; }
static void line_grow(struct shape* s, uint64_t by) { s->b = (s->b ^ by) & 0xffff; }

static const struct methods square = {square_area, square_grow};
static const struct methods box = {box_area, box_grow};
static const struct methods line = {line_area, line_grow};
static struct shape shapes[SHAPES];

static __attribute__((noinline)) uint64_t fibonacci(uint64_t n) {
  if (n < 2) return n;
  return fibonacci(n - 1) + fibonacci(n - 2);
}

uint64_t bench_run(uint64_t iterations) {
  static const struct methods* const kinds[] = {&square, &box, &line};
  uint64_t random = 17, sum = 1;
  for (int i = 0; i < SHAPES; i++) {
    shapes[i].methods = kinds[(bench_random(&random) >> 20) % 3];
    shapes[i].a = shapes[i].b = (uint64_t)i;
  }
  for (uint64_t i = 0; i < iterations; i++) {
    for (uint64_t k = 0; k < 512; k++) sum = functions[(sum >> 4 ^ k) % FUNCTIONS](sum, k);
    for (int k = 0; k < SHAPES; k++) {
      shapes[k].methods->grow(&shapes[k], sum & 7);
      sum += shapes[k].methods->area(&shapes[k]);
    }
    sum = bench_mix(sum, fibonacci(12));
  }
  return sum;
}

const char bench_name[] = "indirect";
const struct bench_check bench_checks[BENCH_CHECKS] = {{50000, 0x8ea7712ce6eebb50u},
                                                       {100, 0x9ef5da884b23b75cu}};
