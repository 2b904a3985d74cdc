// Integer, floating-point and call-heavy work whose path from main on depends on no address that an
// emulator chooses: no memory is given back to the system. Exit code 6.
#include <stdio.h>
#include <string.h>

#define N 3000

static unsigned values[N];
static double sums[64];

static int Compare(unsigned a, unsigned b) { return a < b ? -1 : a > b; }

static void QuickSort(unsigned* v, int n, int (*compare)(unsigned, unsigned)) {
  if (n < 2) return;
  unsigned pivot = v[n / 2];
  int i = 0, j = n - 1;
  while (i <= j) {
    while (compare(v[i], pivot) < 0) i++;
    while (compare(v[j], pivot) > 0) j--;
    if (i > j) break;
    unsigned t = v[i];
    v[i++] = v[j];
    v[j--] = t;
  }
  QuickSort(v, j + 1, compare);
  QuickSort(v + i, n - i, compare);
}

int main(void) {
  unsigned x = 1;
  for (int round = 0; round < 20; round++) {
    for (int i = 0; i < N; i++) values[i] = x = x * 1664525u + 1013904223u;
    QuickSort(values, N, Compare);
    for (int i = 0; i < N; i++) sums[i % 64] += 1.0 / (values[i] + 1.0);
  }
  char text[64];
  snprintf(text, sizeof(text), "%u %.12g", values[N / 2], sums[17]);
  printf("%s, %zu characters\n", text, strlen(text));
  return 6;
}
