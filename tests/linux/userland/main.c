#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

static sigjmp_buf caught;

static void on_fault(int number) { siglongjmp(caught, number); }

static int compare(const void* a, const void* b) { return strcmp(a, b); }

// Words of a generator, sorted, hashed in order.
static unsigned long sort_words(int count) {
  enum { BYTES = 16 };
  char(*words)[BYTES] = calloc(count, BYTES);
  unsigned long state = 1;
  for (int i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    snprintf(words[i], BYTES, "%lx", state >> 16);
  }
  qsort(words, count, BYTES, compare);
  unsigned long hash = 0xcbf29ce484222325u;
  for (int i = 0; i < count; ++i) {
    for (const char* c = words[i]; *c != 0; ++c) hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
  }
  free(words);
  return hash;
}

int main(void) {
  const struct primes primes = find_primes(1000000);
  printf("c-primes %ld %.17g %a\n", primes.count, primes.root_sum, primes.root_sum);
  const struct digits digits = power_of_three_digits(20000);
  printf("c-digits %ld %ld\n", digits.count, digits.sum);
  printf("c-words %016lx\n", sort_words(50000));
  signal(SIGSEGV, on_fault);
  volatile long nowhere = 16;
  const int number = sigsetjmp(caught, 1);
  if (number == 0) *(volatile int*)nowhere = 1;
  printf("c-fault %s\n", number == SIGSEGV ? "caught" : "missed");
  return 0;
}
