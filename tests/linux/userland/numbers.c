#include "numbers.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct primes find_primes(long limit) {
  struct primes found = {0, 0};
  unsigned char* is_composite = calloc(limit + 1, 1);
  for (long i = 2; i <= limit; ++i) {
    if (is_composite[i]) continue;
    ++found.count;
    found.root_sum += sqrt((double)i);
    for (long j = i * i; j <= limit; j += i) is_composite[j] = 1;
  }
  free(is_composite);
  return found;
}

struct digits power_of_three_digits(int n) {
  enum { BASE = 1000000000 };
  int size = n / 18 + 2, used = 1;
  uint32_t* limbs = calloc(size, sizeof(*limbs));
  limbs[0] = 1;
  for (int i = 0; i < n; ++i) {
    uint64_t carry = 0;
    for (int k = 0; k < used; ++k) {
      const uint64_t value = limbs[k] * UINT64_C(3) + carry;
      limbs[k] = value % BASE;
      carry = value / BASE;
    }
    if (carry != 0) limbs[used++] = carry;
  }
  struct digits digits = {0, 9L * (used - 1)};
  for (uint32_t top = limbs[used - 1]; top != 0; top /= 10) ++digits.count;
  for (int k = 0; k < used; ++k) {
    for (uint32_t limb = limbs[k]; limb != 0; limb /= 10) digits.sum += limb % 10;
  }
  free(limbs);
  return digits;
}
