// A compute loop: xorshift numbers, an insertion sort with unpredictable branches, a matrix
// product, and a checksum over memory; self-checking. About 1.5 billion instructions.
#include <stdint.h>

#define N 64
#define DIM 24

static uint64_t state = 88172645463325252u;
static uint32_t keys[N];
static uint64_t a[DIM][DIM], b[DIM][DIM], c[DIM][DIM];

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static int sort_is_right(void) {
  for (int i = 0; i < N; i++) keys[i] = (uint32_t)next();
  for (int i = 1; i < N; i++) {
    uint32_t key = keys[i];
    int j = i - 1;
    while (j >= 0 && keys[j] > key) {
      keys[j + 1] = keys[j];
      j--;
    }
    keys[j + 1] = key;
  }
  for (int i = 1; i < N; i++) {
    if (keys[i - 1] > keys[i]) return 0;
  }
  return 1;
}

static uint64_t matrix_trace(void) {
  for (int i = 0; i < DIM; i++) {
    for (int j = 0; j < DIM; j++) {
      a[i][j] = next() & 0xffff;
      b[i][j] = i == j;
    }
  }
  uint64_t trace = 0;
  for (int i = 0; i < DIM; i++) {
    for (int j = 0; j < DIM; j++) {
      uint64_t sum = 0;
      for (int k = 0; k < DIM; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
    trace += c[i][i] - a[i][i];
  }
  return trace;
}

int main(void) {
  uint32_t sum = 1;
  for (int round = 0; round < 10000; round++) {
    if (!sort_is_right()) return 1;
    if (matrix_trace() != 0) return 2;
    const uint8_t* bytes = (const uint8_t*)c;
    for (unsigned i = 0; i < sizeof c; i++) sum = (sum >> 1 | sum << 31) + bytes[i];
  }
  return sum == 0 ? 3 : 0;
}
