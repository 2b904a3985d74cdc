// A program for user mode: integers, floating point, the C library. Returns 5.
#include <stdio.h>
#include <stdlib.h>

#define N 2000

static int Compare(const void* a, const void* b) {
  int x = *(const int*)a, y = *(const int*)b;
  return (x > y) - (x < y);
}

int main(void) {
  static int values[N];
  unsigned x = 1;
  for (int i = 0; i < N; i++) {
    x = x * 1664525 + 1013904223;
    values[i] = (int)(x >> 8);
  }
  qsort(values, N, sizeof(values[0]), Compare);
  double sum = 0;
  for (int i = 0; i < N; i++) sum += values[i] / 3.0;
  printf("%f %d\n", sum, values[N / 2]);
  return 5;
}
