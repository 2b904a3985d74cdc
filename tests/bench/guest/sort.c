// Sorts random numbers: branches that nobody foresees. Quicksort, and a heap sort of the same
// numbers.
#include "tests/bench/guest/bench.h"

enum { COUNT = 16384, SMALL = 12 };

static uint32_t quick[COUNT], heap[COUNT];

static void swap(uint32_t* a, uint32_t* b) {
  const uint32_t t = *a;
  *a = *b;
  *b = t;
}

static void insertion_sort(uint32_t* v, long count) {
  for (long i = 1; i < count; i++) {
    const uint32_t value = v[i];
    long j = i;
    for (; j > 0 && v[j - 1] > value; j--) v[j] = v[j - 1];
    v[j] = value;
  }
}

static void quicksort(uint32_t* v, long count) {
  while (count > SMALL) {
    // The median of three goes to the middle.
    uint32_t *a = v, *b = v + count / 2, *c = v + count - 1;
    if (*a > *b) swap(a, b);
    if (*b > *c) swap(b, c);
    if (*a > *b) swap(a, b);
    const uint32_t pivot = *b;
    long i = 0, j = count - 1;
    while (i <= j) {
      while (v[i] < pivot) i++;
      while (v[j] > pivot) j--;
      if (i <= j) swap(&v[i++], &v[j--]);
    }
    quicksort(v, j + 1);
    v += i;
    count -= i;
  }
  insertion_sort(v, count);
}

static void sift_down(uint32_t* v, long at, long count) {
  for (long child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && v[child + 1] > v[child]) child++;
    if (v[at] >= v[child]) return;
    swap(&v[at], &v[child]);
  }
}

static void heapsort(uint32_t* v, long count) {
  for (long i = count / 2; i-- > 0;) sift_down(v, i, count);
  for (long last = count - 1; last > 0; last--) {
    swap(&v[0], &v[last]);
    sift_down(v, 0, last);
  }
}

uint64_t bench_run(uint64_t iterations) {
  uint64_t random = 7, sum = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    for (int k = 0; k < COUNT; k++) quick[k] = heap[k] = (uint32_t)(bench_random(&random) >> 16);
    quicksort(quick, COUNT);
    heapsort(heap, COUNT);
    for (int k = 0; k < COUNT; k++) {
      if (quick[k] != heap[k] || (k > 0 && quick[k - 1] > quick[k])) return 0;
    }
    sum = bench_mix(sum, (uint64_t)quick[COUNT / 3] << 32 | quick[COUNT / 2]);
  }
  return sum;
}

const char bench_name[] = "sort";
const struct bench_check bench_checks[BENCH_CHECKS] = {{240, 0x4cebe7a28a02819du},
                                                       {1, 0xcca4034861951f7au}};
