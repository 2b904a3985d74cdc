// Multiplies matrices of doubles. For tests/bench/qemu_slowdown.py.
#include <stdio.h>

#define N 96

static double a[N][N], b[N][N], c[N][N];

int main(void) {
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      a[i][j] = 1.0 / (i + j + 1);
      b[i][j] = (i * 7 + j * 3) % 11;
    }
  }
  for (int round = 0; round < 96; round++) {
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < N; j++) {
        double sum = 0;
        for (int k = 0; k < N; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
    }
    a[round][round] += c[round][0] * 1e-6;
  }
  printf("%f\n", c[3][5]);
  return 0;
}
