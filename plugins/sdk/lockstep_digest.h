/* SPDX-License-Identifier: MIT */
/* State digests of lockstep.v1 (docs/design/alignment.md, "Digests").
 *
 *     mum(a, b)   = low64(a*b) xor high64(a*b)             128-bit product
 *     A(i), B(i)  = splitmix64 outputs 2i and 2i+1 of the seed below; B is made odd
 *     term(i, x)  = mum(x xor A(i), B(i))
 *     group       = sum of term(i, value of element i)     mod 2^64
 *     x           = paddr + P                              mod 2^64
 *     mem        += mum(x, 8*x + value + S(size)) for each store
 *
 * Ignored bits of a register are 0 in `value of element i`; bytes in an ignored range of memory are
 * 0 in the value of a store, and a store that has no others adds nothing (lockstep_kept_bits()).
 *
 * Element numbers: x1..x31 are 1..31; f0..f31 are 32..63; fcsr is 64; the privilege mode is 65;
 * the CSR with number n is 128+n. Guests of other architectures number their registers
 * from 0 in each group and say so in their register names.
 * Vectors: proto/vectors/digest.json. Pure functions; C99 and C++.
 */
#ifndef PLUGINS_SDK_LOCKSTEP_DIGEST_H_
#define PLUGINS_SDK_LOCKSTEP_DIGEST_H_

#include <stdint.h>

#include "plugins/sdk/lockstep_ring.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LOCKSTEP_DIGEST_SEED UINT64_C(0x6c6f636b73746570) /* "lockstep" */
#define LOCKSTEP_MEM_P UINT64_C(0x9e3779b97f4a7c15)

#define LOCKSTEP_ELEMENT_F0 32
#define LOCKSTEP_ELEMENT_FCSR 64
#define LOCKSTEP_ELEMENT_PRIVILEGE 65
#define LOCKSTEP_ELEMENT_CSR 128

__extension__ typedef unsigned __int128 lockstep_u128;

static inline uint64_t lockstep_mum(uint64_t a, uint64_t b) {
  lockstep_u128 p = (lockstep_u128)a * b;
  return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Output number n (from 0) of splitmix64 started at LOCKSTEP_DIGEST_SEED. */
static inline uint64_t lockstep_splitmix(uint64_t n) {
  uint64_t z = LOCKSTEP_DIGEST_SEED + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static inline uint64_t lockstep_digest_a(uint32_t element) {
  return lockstep_splitmix(2 * (uint64_t)element);
}
static inline uint64_t lockstep_digest_b(uint32_t element) {
  return lockstep_splitmix(2 * (uint64_t)element + 1) | 1;
}

/* Contribution of one element to its group. Hot paths keep A and B in a table. */
static inline uint64_t lockstep_term(uint32_t element, uint64_t value) {
  return lockstep_mum(value ^ lockstep_digest_a(element), lockstep_digest_b(element));
}

/* S(size): the top 31 bits of splitmix output 2^32 + size, so that it fits into an instruction of
 * any host. REQUIRES: size_bytes is 1 to 8. */
static inline uint32_t lockstep_mem_size(uint32_t size_bytes) {
  static const uint32_t sizes[8] = {0x1059bd49, 0x6902fb6d, 0x78d49954, 0x2bb60ed1,
                                    0x22cbdfa1, 0x2db7a10d, 0x090122a0, 0x029e7283};
  return sizes[size_bytes - 1];
}

/* lockstep_mem_term() of paddr + LOCKSTEP_MEM_P, which an emulator may keep for a page. */
static inline uint64_t lockstep_mem_term_at(uint64_t x, uint64_t value, uint32_t size_bytes) {
  return lockstep_mum(x, 8 * x + value + lockstep_mem_size(size_bytes));
}

/* Contribution of one store of `size_bytes` to the mem group. `value` is zero-extended. A store
 * that crosses a page boundary is two stores, each with the bytes of its page, which may be 3, 5, 6
 * or 7; otherwise they are 1, 2, 4 or 8. */
static inline uint64_t lockstep_mem_term(uint64_t paddr, uint64_t value, uint32_t size_bytes) {
  return lockstep_mem_term_at(paddr + LOCKSTEP_MEM_P, value, size_bytes);
}

/* The flow digest of instructions that began one after the other, from 0: for each, H = H *
 * LOCKSTEP_FLOW_G + lockstep_flow_term(pc). Behind n instructions whose flow digest is h it is H *
 * LOCKSTEP_FLOW_G^n + h. */
#define LOCKSTEP_FLOW_E UINT64_C(0xa0761d6478bd642f)
#define LOCKSTEP_FLOW_F UINT64_C(0xe7037ed1a0b428db)
#define LOCKSTEP_FLOW_G UINT64_C(0x8ebc6af09c88c6e3)

static inline uint64_t lockstep_flow_term(uint64_t pc) {
  return lockstep_mum(pc ^ LOCKSTEP_FLOW_E, LOCKSTEP_FLOW_F);
}

/* base^n. Of a flow digest: LOCKSTEP_FLOW_G^n. */
static inline uint64_t lockstep_power(uint64_t base, uint64_t n) {
  uint64_t power = 1;
  for (; n != 0; n >>= 1, base *= base) {
    if ((n & 1) != 0) power *= base;
  }
  return power;
}

/* The bits of a store's value that are digested when `ranges` are ignored: the other ones are 0 in
 * lockstep_mem_term(). 0: the store is not digested. REQUIRES: size_bytes is 1 to 8, and the store
 * does not wrap. */
static inline uint64_t lockstep_kept_bits(const struct lockstep_range* ranges, uint32_t n,
                                          uint64_t paddr, uint32_t size_bytes) {
  uint64_t kept = 0;
  uint32_t byte, i;
  for (byte = 0; byte < size_bytes; byte++) {
    int ignored = 0;
    for (i = 0; i < n; i++) ignored |= paddr + byte - ranges[i].base < ranges[i].bytes;
    if (!ignored) kept |= UINT64_C(0xff) << (8 * byte);
  }
  return kept;
}

#ifdef __cplusplus
}
#endif

#endif /* PLUGINS_SDK_LOCKSTEP_DIGEST_H_ */
