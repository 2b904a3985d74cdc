// Work for a compiled program: the same output on every machine with IEEE 754 and 64-bit long.
#ifndef NUMBERS_H_
#define NUMBERS_H_

// Primes up to `limit`, and the sum of their square roots.
struct primes {
  long count;
  double root_sum;
};
struct primes find_primes(long limit);

// Of 3^n, all digits: their sum and the number of them.
struct digits {
  long sum;
  long count;
};
struct digits power_of_three_digits(int n);

#endif
