// An allocator with a free list ordered by address, neighbours joined, and small sizes in lists of
// their own; used as programs use one.
#include "tests/bench/guest/bench.h"

enum { ARENA = 1 << 20, CLASSES = 16, UNIT = 16, LIVE = 1024 };

struct chunk {
  uint64_t bytes;  // with this header
  struct chunk* next;
};

static uint64_t arena[ARENA / 8];
static struct chunk* free_list;
static struct chunk* small[CLASSES];

static struct {
  uint8_t* bytes;
  uint64_t size;
} live[LIVE];

static void start(void) {
  free_list = (struct chunk*)arena;
  free_list->bytes = ARENA;
  free_list->next = 0;
  for (int i = 0; i < CLASSES; i++) small[i] = 0;
}

static void* allocate(uint64_t size) {
  const uint64_t need = (size + 8 + UNIT - 1) / UNIT * UNIT;
  const uint64_t class = need / UNIT;
  if (class < CLASSES && small[class] != 0) {
    struct chunk* chunk = small[class];
    small[class] = chunk->next;
    return &chunk->next;
  }
  for (struct chunk** link = &free_list; *link != 0; link = &(*link)->next) {
    struct chunk* chunk = *link;
    if (chunk->bytes < need) continue;
    if (chunk->bytes - need >= 2 * UNIT) {
      struct chunk* rest = (struct chunk*)((uint8_t*)chunk + need);
      rest->bytes = chunk->bytes - need;
      rest->next = chunk->next;
      *link = rest;
      chunk->bytes = need;
    } else {
      *link = chunk->next;
    }
    return &chunk->next;
  }
  return 0;
}

static void give_back(void* memory) {
  struct chunk* chunk = (struct chunk*)((uint8_t*)memory - offsetof(struct chunk, next));
  const uint64_t class = chunk->bytes / UNIT;
  if (class < CLASSES) {
    chunk->next = small[class];
    small[class] = chunk;
    return;
  }
  struct chunk* before = 0;
  struct chunk* after = free_list;
  while (after != 0 && after < chunk) {
    before = after;
    after = after->next;
  }
  chunk->next = after;
  if (before == 0) {
    free_list = chunk;
  } else {
    before->next = chunk;
  }
  if (after != 0 && (uint8_t*)chunk + chunk->bytes == (uint8_t*)after) {
    chunk->bytes += after->bytes;
    chunk->next = after->next;
  }
  if (before != 0 && (uint8_t*)before + before->bytes == (uint8_t*)chunk) {
    before->bytes += chunk->bytes;
    before->next = chunk->next;
  }
}

static uint64_t pick_size(uint64_t random) {
  return (random & 7) != 0 ? 8 + (random >> 8) % 200 : 256 + (random >> 8) % 2000;
}

uint64_t bench_run(uint64_t iterations) {
  uint64_t random = 23, sum = 0;
  start();
  for (int i = 0; i < LIVE; i++) live[i].bytes = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    const uint64_t draw = bench_random(&random);
    const uint64_t slot = (draw >> 32) % LIVE;
    if (live[slot].bytes != 0) {
      sum = bench_mix(sum,
                      (uint64_t)live[slot].bytes[0] << 8 | live[slot].bytes[live[slot].size - 1]);
      give_back(live[slot].bytes);
      live[slot].bytes = 0;
    } else {
      live[slot].size = pick_size(draw);
      live[slot].bytes = allocate(live[slot].size);
      if (live[slot].bytes == 0) {
        sum = bench_mix(sum, 0xdead);
        continue;
      }
      live[slot].bytes[0] = (uint8_t)slot;
      live[slot].bytes[live[slot].size - 1] = (uint8_t)i;
      sum = bench_mix(sum, (uint64_t)(live[slot].bytes - (uint8_t*)arena));
    }
  }
  return sum;
}

const char bench_name[] = "allocator";
const struct bench_check bench_checks[BENCH_CHECKS] = {{16000000, 0xbeaf0487c6c5cd26u},
                                                       {20000, 0xfe2dd126fc591344u}};
