// A hash dictionary of strings: insertions, look-ups that hit and miss, deletions, growth.
#include "tests/bench/guest/bench.h"

enum { ENTRIES = 1 << 14, KEY = 24, MAX_BUCKETS = 1 << 14 };

struct entry {
  struct entry* next;
  uint64_t hash;
  uint64_t value;
  char key[KEY];
};

static struct entry entries[ENTRIES];
static struct entry* unused;
static struct entry* buckets[MAX_BUCKETS];
static uint64_t bucket_count, entry_count;

static void make_key(char* key, uint64_t number) {
  static const char syllables[16][3] = {"ba", "ce", "di", "fo", "gu", "ha", "je", "ki",
                                        "lo", "mu", "na", "pe", "ri", "so", "tu", "va"};
  int at = 0;
  do {
    key[at++] = syllables[number & 15][0];
    key[at++] = syllables[number & 15][1];
    number >>= 4;
  } while (number != 0);
  key[at] = 0;
}

// FNV-1a
static uint64_t hash_of(const char* key) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *key != 0; key++) hash = (hash ^ (uint8_t)*key) * 0x100000001b3u;
  return hash;
}

static int equal(const char* a, const char* b) {
  while (*a != 0 && *a == *b) {
    a++;
    b++;
  }
  return *a == *b;
}

static void grow(void) {
  struct entry* all = 0;
  for (uint64_t i = 0; i < bucket_count; i++) {
    while (buckets[i] != 0) {
      struct entry* entry = buckets[i];
      buckets[i] = entry->next;
      entry->next = all;
      all = entry;
    }
  }
  bucket_count *= 2;
  while (all != 0) {
    struct entry* entry = all;
    all = entry->next;
    struct entry** bucket = &buckets[entry->hash & (bucket_count - 1)];
    entry->next = *bucket;
    *bucket = entry;
  }
}

// The link that points to the entry, or to nothing where it would be.
static struct entry** find(const char* key, uint64_t hash) {
  struct entry** link = &buckets[hash & (bucket_count - 1)];
  while (*link != 0 && ((*link)->hash != hash || !equal((*link)->key, key))) link = &(*link)->next;
  return link;
}

static void add(const char* key, uint64_t value) {
  const uint64_t hash = hash_of(key);
  struct entry** link = find(key, hash);
  if (*link != 0) {
    (*link)->value += value;
    return;
  }
  if (unused == 0) return;
  struct entry* entry = unused;
  unused = entry->next;
  entry->next = 0;
  entry->hash = hash;
  entry->value = value;
  for (int i = 0; (entry->key[i] = key[i]) != 0; i++) {
  }
  *link = entry;
  if (++entry_count > bucket_count && bucket_count < MAX_BUCKETS) grow();
}

static void clear(void) {
  unused = 0;
  for (int i = ENTRIES - 1; i >= 0; i--) {
    entries[i].next = unused;
    unused = &entries[i];
  }
  for (int i = 0; i < MAX_BUCKETS; i++) buckets[i] = 0;
  bucket_count = 64;
  entry_count = 0;
}

static uint64_t round_of(uint64_t* random) {
  char key[KEY];
  uint64_t sum = 0;
  clear();
  for (int i = 0; i < 12000; i++) {
    make_key(key, (bench_random(random) >> 30) % 16000 + 17);
    add(key, (uint64_t)i);
  }
  for (int i = 0; i < 24000; i++) {
    make_key(key, (bench_random(random) >> 30) % 32000 + 17);
    struct entry** link = find(key, hash_of(key));
    if (*link == 0) continue;
    sum = bench_mix(sum, (*link)->value);
    if (i % 8 == 0) {
      struct entry* entry = *link;
      *link = entry->next;
      entry->next = unused;
      unused = entry;
      entry_count--;
    }
  }
  return bench_mix(sum, entry_count);
}

uint64_t bench_run(uint64_t iterations) {
  uint64_t random = 31, sum = 0;
  for (uint64_t i = 0; i < iterations; i++) sum = bench_mix(sum, round_of(&random));
  return sum;
}

const char bench_name[] = "dictionary";
const struct bench_check bench_checks[BENCH_CHECKS] = {{200, 0x79b69269bed95f9du},
                                                       {1, 0xd3d90879e25c593fu}};
