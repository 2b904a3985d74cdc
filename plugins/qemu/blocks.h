/* SPDX-License-Identifier: MIT */
/* The translations that QEMU has made, by content: the same instructions at the same address are
 * one block with one id, however often QEMU translates them again.
 *
 * QEMU keeps pointers to blocks in its translated code, so a block lives until QEMU has thrown all
 * translations away (blocks_flush). Memory is bounded by QEMU's own code buffer and by a limit on
 * what is kept across flushes. Not thread-safe: QEMU serialises translation, and the plugin serves
 * one vCPU.
 */
#ifndef PLUGINS_QEMU_BLOCKS_H_
#define PLUGINS_QEMU_BLOCKS_H_

#include <stdint.h>

/* Most instructions of a QEMU translation block. */
#define QEMU_MAX_BLOCK_INSNS 512u
/* Most bytes of guest code that are kept of a block: of 512 instructions of 15 bytes. */
#define QEMU_MAX_BLOCK_BYTES 7680u

struct block {
  struct block* chain; /* next of the same hash bucket */
  struct block* alias; /* the same code at the address where it was met last, or NULL */
  uint64_t pc;
  uint64_t hash;
  uint32_t id;
  uint32_t n_insns;
  uint32_t n_code;
  uint8_t described; /* its info was sent */
  uint8_t start;     /* the stream begins at its entry */
  uint8_t stop;      /* and ends at its entry */
  uint16_t data[];   /* n_insns offsets, then n_code bytes */
};

struct blocks {
  struct block** buckets;
  struct block** by_id; /* n_buckets places, of which n_blocks are used */
  uint32_t n_buckets;   /* a power of two, 0 before the first block */
  uint32_t n_blocks;
  uint32_t keep; /* most blocks kept across a flush */
};

void blocks_init(struct blocks* blocks, uint32_t keep);

/* The block with this content, made if it is new; NULL without memory. REQUIRES: 1 <= n_insns <=
 * QEMU_MAX_BLOCK_INSNS, n_code <= QEMU_MAX_BLOCK_BYTES. */
struct block* blocks_get(struct blocks* blocks, uint64_t pc, uint32_t n_insns,
                         const uint16_t* offsets, const uint8_t* code, uint32_t n_code);

/* The rest of a block from instruction `first` on. REQUIRES: 0 < first < n_insns. */
struct block* blocks_tail(struct blocks* blocks, const struct block* block, uint32_t first);

/* The same code entered at another address. */
struct block* blocks_at(struct blocks* blocks, struct block* block, uint64_t pc);

/* The block with this id. REQUIRES: it was returned since the last blocks_flush(). */
static inline struct block* blocks_by_id(const struct blocks* blocks, uint32_t id) {
  return blocks->by_id[id];
}

/* No translation refers to any block any more. */
void blocks_flush(struct blocks* blocks);

static inline const uint16_t* block_offsets(const struct block* b) { return b->data; }
static inline const uint8_t* block_code(const struct block* b) {
  return (const uint8_t*)(b->data + b->n_insns);
}

#endif /* PLUGINS_QEMU_BLOCKS_H_ */
