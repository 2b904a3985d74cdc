// Sorts integers: short blocks, loads and stores. For tests/bench/qemu_slowdown.py.
#include <stdio.h>

#define N 8192

static unsigned values[N];

static void Sort(unsigned* v, int n) {  // heap sort
  for (int i = 1; i < n; i++) {
    for (int c = i; c > 0 && v[(c - 1) / 2] < v[c]; c = (c - 1) / 2) {
      unsigned t = v[c];
      v[c] = v[(c - 1) / 2];
      v[(c - 1) / 2] = t;
    }
  }
  for (int last = n - 1; last > 0; last--) {
    unsigned t = v[0];
    v[0] = v[last];
    v[last] = t;
    for (int p = 0, c = 1; c < last; p = c, c = 2 * p + 1) {
      if (c + 1 < last && v[c + 1] > v[c]) c++;
      if (v[p] >= v[c]) break;
      t = v[p];
      v[p] = v[c];
      v[c] = t;
    }
  }
}

int main(void) {
  unsigned x = 1, sum = 0;
  for (int round = 0; round < 800; round++) {
    for (int i = 0; i < N; i++) values[i] = x = x * 1664525u + 1013904223u;
    Sort(values, N);
    sum += values[N / 2];
  }
  printf("%u\n", sum);
  return 0;
}
