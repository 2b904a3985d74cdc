// Follows pointers through 64 MiB in an order without locality: more pages than any TLB holds.
#include "tests/bench/guest/bench.h"

enum { NODES = 1 << 20 };

struct node {
  struct node* next;
  uint64_t value;
  uint64_t fill[6];
};

static struct node nodes[NODES] __attribute__((aligned(64)));

// One cycle through all nodes (Sattolo's shuffle).
static void build(void) {
  uint64_t random = 99;
  for (long i = 0; i < NODES; i++) {
    nodes[i].next = &nodes[i];
    nodes[i].value = (uint64_t)i * 0x9e3779b97f4a7c15u;
  }
  for (long i = NODES - 1; i > 0; i--) {
    const long j = (long)((bench_random(&random) >> 20) % (uint64_t)i);
    struct node* t = nodes[i].next;
    nodes[i].next = nodes[j].next;
    nodes[j].next = t;
  }
}

uint64_t bench_run(uint64_t iterations) {
  build();
  uint64_t sum = 0;
  const struct node* at = &nodes[0];
  for (uint64_t i = 0; i < iterations; i++) {
    sum = (sum << 1 | sum >> 63) + at->value;
    at = at->next;
  }
  return bench_mix(sum, (uint64_t)(at - nodes));
}

const char bench_name[] = "chase";
const struct bench_check bench_checks[BENCH_CHECKS] = {{4000000, 0x9af02bc3985635e2u},
                                                       {20000, 0xa2f68e63e10ed6dcu}};
