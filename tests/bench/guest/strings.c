// Strings and memory: lengths, copies by bytes and by words, comparisons, a search, letters
// changed.
#include "tests/bench/guest/bench.h"

enum { BYTES = 8192 };

typedef uint64_t word __attribute__((may_alias));

static char text[BYTES] __attribute__((aligned(8))), copy[BYTES];
static word words[BYTES / 8];

static size_t length_of(const char* s) {
  const char* end = s;
  while (*end != 0) end++;
  return (size_t)(end - s);
}

static void copy_bytes(char* to, const char* from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = from[i];
}

// `count` is a multiple of four.
static void copy_words(word* to, const word* from, size_t count) {
  for (size_t i = 0; i < count; i += 4) {
    const uint64_t a = from[i], b = from[i + 1], c = from[i + 2], d = from[i + 3];
    to[i] = a;
    to[i + 1] = b;
    to[i + 2] = c;
    to[i + 3] = d;
  }
}

static int compare(const char* a, const char* b) {
  while (*a != 0 && *a == *b) {
    a++;
    b++;
  }
  return (unsigned char)*a - (unsigned char)*b;
}

static const char* find(const char* text, const char* wanted, size_t length) {
  for (; *text != 0; text++) {
    if (*text != wanted[0]) continue;
    size_t i = 1;
    while (i < length && text[i] == wanted[i]) i++;
    if (i == length) return text;
  }
  return 0;
}

static uint64_t upper_case(char* s) {
  uint64_t changed = 0;
  for (; *s != 0; s++) {
    if (*s >= 'a' && *s <= 'z') {
      *s = (char)(*s - 'a' + 'A');
      changed++;
    }
  }
  return changed;
}

static void reverse(char* s, size_t length) {
  for (size_t i = 0, j = length - 1; i < j; i++, j--) {
    const char t = s[i];
    s[i] = s[j];
    s[j] = t;
  }
}

uint64_t bench_run(uint64_t iterations) {
  uint64_t random = 5, sum = 0;
  for (int i = 0; i < BYTES - 1; i++) text[i] = (char)('a' + (bench_random(&random) >> 33) % 20);
  text[BYTES - 1] = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    const size_t length = length_of(text);
    copy_bytes(copy, text, length + 1);
    copy[bench_random(&random) % length] ^= 1;
    sum = bench_mix(sum, (uint64_t)(int64_t)compare(text, copy));
    const char* found = find(text, copy + length - 40, 6);
    sum = bench_mix(sum, found == 0 ? 0 : (uint64_t)(found - text));
    sum = bench_mix(sum, upper_case(copy));
    copy_words(words, (const word*)(const void*)text, BYTES / 8);
    for (int k = 0; k < BYTES / 8; k++) sum += words[k] >> (k & 7);
    reverse(text, length);
  }
  return sum;
}

const char bench_name[] = "strings";
const struct bench_check bench_checks[BENCH_CHECKS] = {{10000, 0x2ddc23884c78a188u},
                                                       {20, 0x7e5d3d0964b2bb32u}};
