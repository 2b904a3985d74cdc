/* A producer that costs as little as it can, to measure what is behind it: a guest that goes round
 * 64 straight pieces of code of 1 to 15 instructions, whose registers are a function of how far it
 * is. It writes about as many block records a second as the ring takes.
 *
 *   --insns N       powers off after so many instructions (default 1000000000)
 *   --fault-at I    from instruction number I on its registers differ by a bit
 *   --rotate K      the way round begins K pieces later: two producers then differ at once
 *
 * It can do windows: a block is left early at each multiple of request.window_insns, and what is
 * left of its piece is a block of its own. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/sdk/lockstep_digest.h"
#include "plugins/sdk/lockstep_producer.h"

enum { PIECES = 64, LONGEST = 15, PIECE_BYTES = 64, BASE = 0x10000 };

struct options {
  uint64_t insns;
  uint64_t fault_at;
  uint64_t rotate;
};

static struct options options = {1000000000, UINT64_MAX, 0};

static uint32_t length_of(uint32_t piece) { return 1 + piece * 7 % LONGEST; }

static uint64_t parse_number(const char* text) {
  char* end;
  errno = 0;
  uint64_t value = strtoull(text, &end, 0);
  if (errno != 0 || end == text || *end != '\0') {
    fprintf(stderr, "load_producer: '%s' is not a number\n", text);
    exit(2);
  }
  return value;
}

static void parse(int argc, char** argv) {
  for (int i = 1; i < argc; i += 2) {
    uint64_t* option = strcmp(argv[i], "--insns") == 0      ? &options.insns
                       : strcmp(argv[i], "--fault-at") == 0 ? &options.fault_at
                       : strcmp(argv[i], "--rotate") == 0   ? &options.rotate
                                                            : NULL;
    if (option == NULL || i + 1 == argc) {
      fprintf(stderr, "load_producer: bad option '%s'\n", argv[i]);
      exit(2);
    }
    *option = parse_number(argv[i + 1]);
  }
}

/* The registers' digest when `icount` instructions have begun. */
static inline uint64_t digest(uint64_t icount) {
  return (icount + 1) * LOCKSTEP_MEM_P ^ (icount > options.fault_at);
}

/* Block `piece` is the whole piece; PIECES + piece * 16 + k what is left of it after k
 * instructions. */
static void describe(lockstep_producer* p, uint32_t id, uint32_t piece, uint32_t skipped) {
  uint16_t offsets[LONGEST];
  uint32_t n = length_of(piece) - skipped;
  for (uint32_t k = 0; k < n; k++) offsets[k] = (uint16_t)(4 * k);
  struct lockstep_block block = {
      .id = id, .pc = BASE + PIECE_BYTES * piece + 4 * skipped, .n_insns = n, .offsets = offsets};
  lockstep_block_info(p, 0, &block);
}

static uint32_t rest_id(uint32_t piece, uint32_t skipped) { return PIECES + piece * 16 + skipped; }

static void describe_all(lockstep_producer* p) {
  for (uint32_t piece = 0; piece < PIECES; piece++) {
    describe(p, piece, piece, 0);
    for (uint32_t k = 1; k < length_of(piece); k++) describe(p, rest_id(piece, k), piece, k);
  }
}

static uint64_t run(lockstep_producer* p, uint64_t limit, uint64_t window_insns) {
  uint32_t lengths[PIECES];
  for (uint32_t i = 0; i < PIECES; i++) lengths[i] = length_of(i);
  uint64_t icount = 0;
  uint64_t window_end = window_insns == 0 ? UINT64_MAX : window_insns;
  uint32_t piece = (uint32_t)(options.rotate % PIECES);
  while (icount < limit && !lockstep_stop_requested(p)) {
    lockstep_enter(p, 0, piece, icount, digest(icount));
    uint64_t next = icount + lengths[piece];
    while (next > window_end) { /* cut, perhaps more than once */
      uint32_t skipped = lengths[piece] - (uint32_t)(next - window_end);
      if (window_end >= limit) break;
      lockstep_enter(p, 0, rest_id(piece, skipped), window_end, digest(window_end));
      window_end += window_insns;
    }
    if (next == window_end) window_end += window_insns;
    icount = next;
    piece = (piece + 1) % PIECES;
  }
  return icount < limit ? icount : limit;
}

int main(int argc, char** argv) {
  parse(argc, argv);
  struct lockstep_open_params params = {
      .producer = "load 1.0",
      .guest_arch = "toy",
      .vcpus = 1,
      .groups = 1u << LOCKSTEP_GPR,
      .abilities = LOCKSTEP_ABILITY_LAYOUT | LOCKSTEP_ABILITY_WINDOWS};
  lockstep_producer* p;
  int error = lockstep_open(&params, &p);
  if (error != 0) {
    fprintf(stderr, "load_producer: %s\n",
            error == -ENOENT ? "start me with lockstep run" : strerror(-error));
    return 1;
  }
  const struct lockstep_request* request = lockstep_request(p);
  uint64_t limit =
      request->stop_at_icount < options.insns ? request->stop_at_icount : options.insns;
  describe_all(p);
  uint64_t icount = run(p, limit, request->window_insns);
  struct lockstep_end end = {.icount = icount, .step = icount, .digests = {digest(icount)}};
  end.reason = icount == options.insns ? LOCKSTEP_END_EXIT
               : icount == limit       ? LOCKSTEP_END_LIMIT
                                       : LOCKSTEP_END_STOPPED;
  lockstep_end(p, 0, &end);
  return lockstep_close(p);
}
