/* SPDX-License-Identifier: MIT */
#include "plugins/qemu/blocks.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 4096u

void blocks_init(struct blocks* blocks, uint32_t keep) {
  memset(blocks, 0, sizeof(*blocks));
  blocks->keep = keep;
}

static uint64_t mix(uint64_t h, uint64_t x) {
  h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
  return h ^ h >> 29;
}

static uint64_t hash_of(uint64_t pc, uint32_t n_insns, const uint16_t* offsets, const uint8_t* code,
                        uint32_t n_code) {
  uint64_t h = mix(mix(pc, n_insns), n_code);
  for (uint32_t i = 0; i < n_insns; i++) h = mix(h, offsets[i]);
  uint32_t i = 0;
  for (; i + 8 <= n_code; i += 8) {
    uint64_t word;
    memcpy(&word, code + i, 8);
    h = mix(h, word);
  }
  for (; i < n_code; i++) h = mix(h, code[i]);
  return h;
}

/* Doubles the tables. Returns 0 without memory. */
static int grow(struct blocks* blocks) {
  uint32_t n = blocks->n_buckets == 0 ? FIRST_BUCKETS : blocks->n_buckets * 2;
  struct block** by_id = realloc(blocks->by_id, n * sizeof(*by_id));
  if (by_id == NULL) return 0;
  blocks->by_id = by_id;
  struct block** buckets = calloc(n, sizeof(*buckets));
  if (buckets == NULL) return 0;
  for (uint32_t i = 0; i < blocks->n_buckets; i++) {
    struct block* b = blocks->buckets[i];
    while (b != NULL) {
      struct block* next = b->chain;
      b->chain = buckets[b->hash & (n - 1)];
      buckets[b->hash & (n - 1)] = b;
      b = next;
    }
  }
  free(blocks->buckets);
  blocks->buckets = buckets;
  blocks->n_buckets = n;
  return 1;
}

static struct block* make(struct blocks* blocks, uint64_t hash, uint64_t pc, uint32_t n_insns,
                          const uint16_t* offsets, const uint8_t* code, uint32_t n_code) {
  if (blocks->n_blocks >= blocks->n_buckets && !grow(blocks)) return NULL;
  struct block* b = calloc(1, sizeof(*b) + n_insns * sizeof(uint16_t) + n_code);
  if (b == NULL) return NULL;
  b->pc = pc;
  b->hash = hash;
  b->id = blocks->n_blocks;
  b->n_insns = n_insns;
  b->n_code = n_code;
  memcpy(b->data, offsets, n_insns * sizeof(uint16_t));
  if (n_code != 0) memcpy(b->data + n_insns, code, n_code);
  struct block** bucket = &blocks->buckets[hash & (blocks->n_buckets - 1)];
  b->chain = *bucket;
  *bucket = b;
  blocks->by_id[blocks->n_blocks++] = b;
  return b;
}

struct block* blocks_get(struct blocks* blocks, uint64_t pc, uint32_t n_insns,
                         const uint16_t* offsets, const uint8_t* code, uint32_t n_code) {
  uint64_t hash = hash_of(pc, n_insns, offsets, code, n_code);
  struct block* b = blocks->n_buckets != 0 ? blocks->buckets[hash & (blocks->n_buckets - 1)] : NULL;
  for (; b != NULL; b = b->chain) {
    if (b->hash == hash && b->pc == pc && b->n_insns == n_insns && b->n_code == n_code &&
        memcmp(block_offsets(b), offsets, n_insns * sizeof(uint16_t)) == 0 &&
        memcmp(block_code(b), code, n_code) == 0) {
      return b;
    }
  }
  return make(blocks, hash, pc, n_insns, offsets, code, n_code);
}

struct block* blocks_tail(struct blocks* blocks, const struct block* block, uint32_t first) {
  uint16_t offsets[QEMU_MAX_BLOCK_INSNS];
  const uint16_t begin = block_offsets(block)[first];
  const uint32_t n_insns = block->n_insns - first;
  for (uint32_t i = 0; i < n_insns; i++) {
    offsets[i] = (uint16_t)(block_offsets(block)[first + i] - begin);
  }
  const uint32_t n_code = block->n_code > begin ? block->n_code - begin : 0;
  return blocks_get(blocks, block->pc + begin, n_insns, offsets,
                    n_code != 0 ? block_code(block) + begin : NULL, n_code);
}

struct block* blocks_at(struct blocks* blocks, struct block* block, uint64_t pc) {
  if (block->pc == pc) return block;
  if (block->alias == NULL || block->alias->pc != pc) {
    block->alias = blocks_get(blocks, pc, block->n_insns, block_offsets(block), block_code(block),
                              block->n_code);
  }
  return block->alias;
}

void blocks_flush(struct blocks* blocks) {
  /* Ids start again at 0 with a new info each; below the limit everything is kept, as most of it
   * will be translated again. */
  if (blocks->n_blocks <= blocks->keep) return;
  for (uint32_t i = 0; i < blocks->n_buckets; i++) {
    struct block* b = blocks->buckets[i];
    while (b != NULL) {
      struct block* next = b->chain;
      free(b);
      b = next;
    }
    blocks->buckets[i] = NULL;
  }
  blocks->n_blocks = 0;
}
