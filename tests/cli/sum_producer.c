/* SPDX-License-Identifier: MIT */
/* A producer that tells of its blocks by sums where the run takes them, and by blocks where it does
 * not: eight registers, and a loop of 24 instructions with two ways through it. It goes wrong as it
 * is told: --insns N, --fault-at I, --crash-at I, --hang-at I, --error-at I, --pause-at I;
 * --written V is added to its sums where states on every block are compared. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/sdk/lockstep_digest.h"
#include "plugins/sdk/lockstep_producer.h"

enum { BASE = 0x1000, LENGTH = 24, BRANCH = 11 }; /* after the branch: 12..17, or 18..23 */

static uint64_t x[8];

static struct {
  const char* name;
  uint64_t value;
} options[] = {{"--insns", 300000},       {"--fault-at", UINT64_MAX}, {"--crash-at", UINT64_MAX},
               {"--hang-at", UINT64_MAX}, {"--error-at", UINT64_MAX}, {"--pause-at", UINT64_MAX},
               {"--written", 0}};
enum { INSNS, FAULT, CRASH, HANG, ERROR, PAUSE, WRITTEN, OPTIONS };

static void parse(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    for (int k = 0; k < OPTIONS; k++) {
      if (strcmp(argv[i], options[k].name) == 0) options[k].value = strtoull(argv[i + 1], NULL, 0);
    }
  }
}

static uint32_t execute(uint32_t i, uint64_t icount) {
  if (icount == options[CRASH].value) kill(getpid(), SIGKILL);
  while (icount == options[HANG].value) pause();
  if (icount == options[PAUSE].value) sleep(5);
  x[i % 8] = lockstep_mum(x[(i + 1) % 8] + i, x[(i + 3) % 8] ^ LOCKSTEP_MEM_P);
  if (icount == options[FAULT].value) x[i % 8] ^= 1;
  if (i == BRANCH) return (x[3] & 1) != 0 ? 12 : 18;
  return i == 17 || i == 23 ? 0 : i + 1;
}

static uint64_t digest(void) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < 8; i++) sum += lockstep_term(i, x[i]);
  return sum;
}

static uint32_t block_length(uint32_t i, uint32_t at_most) {
  uint32_t last = i <= BRANCH ? BRANCH : i <= 17 ? 17 : LENGTH - 1;
  return last - i + 1 < at_most ? last - i + 1 : at_most;
}

static void describe(lockstep_producer* p, uint32_t split) {
  static const char* const names[] = {"gpr:x0", "gpr:x1", "gpr:x2", "gpr:x3",
                                      "gpr:x4", "gpr:x5", "gpr:x6", "gpr:x7"};
  lockstep_register_names(p, 0, names, 8);
  uint16_t offsets[LENGTH];
  for (uint16_t k = 0; k < LENGTH; k++) offsets[k] = (uint16_t)(4 * k);
  for (uint32_t i = 0; i < LENGTH; i++) { /* a block may begin at any instruction: id == i */
    struct lockstep_block block = {.id = i,
                                   .pc = BASE + 4 * i,
                                   .space = LOCKSTEP_SPACE_UNKNOWN,
                                   .n_insns = block_length(i, split),
                                   .offsets = offsets};
    lockstep_block_info(p, 0, &block);
  }
}

/* Instructions that no record has told of. */
struct sum {
  uint64_t icount; /* of the first */
  uint32_t n_insns;
  uint64_t flow;
};

static void tell(lockstep_producer* p, struct sum* sum) {
  if (sum->n_insns == 0) return;
  const int blocks = lockstep_request(p)->digest_at == LOCKSTEP_DIGEST_AT_BLOCK;
  lockstep_sum(p, 0, sum->icount, sum->n_insns, sum->flow, blocks ? options[WRITTEN].value : 0);
  lockstep_flush(p, 0); /* a window has few records, and may be the last before a hang */
  *sum = (struct sum){0, 0, 0};
}

int main(int argc, char** argv) {
  parse(argc, argv);
  struct lockstep_open_params params = {
      .producer = "sums 1.0",
      .guest_arch = "toy8",
      .vcpus = 1,
      .groups = 1u << LOCKSTEP_GPR,
      .abilities = LOCKSTEP_ABILITY_STEP | LOCKSTEP_ABILITY_REGISTERS | LOCKSTEP_ABILITY_LAYOUT |
                   LOCKSTEP_ABILITY_WINDOWS};
  lockstep_producer* p;
  if (lockstep_open(&params, &p) != 0) {
    fprintf(stderr, "sum_producer: start me with lockstep run\n");
    return 1;
  }
  const struct lockstep_request* request = lockstep_request(p);
  const uint32_t split = request->step ? 1 : LENGTH;
  const uint32_t window = request->window_insns;
  const int sums = lockstep_takes_sums(p);
  const uint64_t insns = options[INSNS].value;
  uint64_t limit = request->stop_at_icount < insns ? request->stop_at_icount : insns;
  if (options[ERROR].value < limit) limit = options[ERROR].value;
  describe(p, split);
  struct sum sum = {0, 0, 0};
  uint64_t icount = 0;
  uint32_t at = 0;
  while (icount < limit && !lockstep_stop_requested(p)) {
    const int told = !sums || icount % window == 0; /* else it is part of the sum */
    if (request->step) lockstep_registers(p, 0, icount, x, 8);
    if (told) {
      tell(p, &sum);
      lockstep_enter(p, 0, at, icount, digest());
    }
    uint32_t n = block_length(at, split);
    do {
      if (!told) {
        if (sum.n_insns++ == 0) sum.icount = icount;
        sum.flow = sum.flow * LOCKSTEP_FLOW_G + lockstep_flow_term(BASE + 4 * at);
      }
      at = execute(at, icount++);
    } while (--n != 0 && icount < limit && (window == 0 || icount % window != 0));
  }
  tell(p, &sum);
  struct lockstep_end end = {.icount = icount, .step = icount, .digests = {digest()}};
  end.reason = icount == insns                  ? LOCKSTEP_END_EXIT
               : icount == options[ERROR].value ? LOCKSTEP_END_ERROR
               : icount == limit                ? LOCKSTEP_END_LIMIT
                                                : LOCKSTEP_END_STOPPED;
  if (end.reason == LOCKSTEP_END_ERROR) end.text = "no such instruction";
  lockstep_end(p, 0, &end);
  return lockstep_close(p);
}
