// SHA-256 (FIPS 180-4) of 16 KiB, again and again, each time with the digest of the last put in
// front.
#include "tests/bench/guest/bench.h"

enum { BYTES = 16384 };

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint8_t message[BYTES];

static uint32_t rotate(uint32_t x, int bits) { return x >> bits | x << (32 - bits); }

static uint32_t load_be(const uint8_t* from) {
  return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static void store_be(uint8_t* to, uint32_t value) {
  for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void compress(uint32_t* hash, const uint8_t* block) {
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++) w[i] = load_be(block + 4 * i);
  for (int i = 16; i < 64; i++) {
    const uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
           (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  for (int i = 0; i < 8; i++) s[i] = hash[i];
  for (int i = 0; i < 64; i++) {
    const uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                        ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[i] + w[i];
    const uint32_t t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                        ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    s[7] = s[6];
    s[6] = s[5];
    s[5] = s[4];
    s[4] = s[3] + t1;
    s[3] = s[2];
    s[2] = s[1];
    s[1] = s[0];
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) hash[i] += s[i];
}

static void sha256(const uint8_t* bytes, uint32_t count, uint8_t* digest) {
  uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint32_t at = 0;
  for (; at + 64 <= count; at += 64) compress(hash, bytes + at);
  uint8_t last[128];
  const uint32_t rest = count - at, length = rest < 56 ? 64 : 128;
  for (uint32_t i = 0; i < length; i++) last[i] = i < rest ? bytes[at + i] : 0;
  last[rest] = 0x80;
  store_be(last + length - 4, count * 8);
  for (uint32_t i = 0; i < length; i += 64) compress(hash, last + i);
  for (int i = 0; i < 8; i++) store_be(digest + 4 * i, hash[i]);
}

uint64_t bench_run(uint64_t iterations) {
  // The digest of "abc" is in the standard.
  uint8_t digest[32];
  sha256((const uint8_t*)"abc", 3, digest);
  if (load_be(digest) != 0xba7816bf || load_be(digest + 28) != 0xf20015ad) return 0;

  uint64_t random = 1, sum = 0;
  for (int i = 0; i < BYTES; i++) message[i] = (uint8_t)(bench_random(&random) >> 24);
  for (uint64_t i = 0; i < iterations; i++) {
    sha256(message, BYTES - (uint32_t)(i % 64), message);
    sum = bench_mix(sum, load_be(message));
  }
  return sum;
}

const char bench_name[] = "sha256";
const struct bench_check bench_checks[BENCH_CHECKS] = {{2000, 0x6c95b29019d95309u},
                                                       {8, 0x20b16612a0b05145u}};
