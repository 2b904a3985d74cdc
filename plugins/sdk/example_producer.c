/* SPDX-License-Identifier: MIT */
/* The smallest emulator that takes part in a Lockstep run: a machine of eight registers whose
 * program is a loop of 24 instructions with two ways through it. Everything that an emulator must
 * do is here; what makes it differ or fail on purpose is in example_options.c. */
#include <stdio.h>
#include <string.h>

#include "plugins/sdk/example_options.h"
#include "plugins/sdk/lockstep_digest.h"
#include "plugins/sdk/lockstep_producer.h"

enum { BASE = 0x1000, LENGTH = 24, BRANCH = 11 }; /* after the branch: 12..17, or 18..23 */

static uint64_t x[8]; /* x[0] is an ordinary register here, and element 0 of the group */

/* Executes instruction `i` of the program; returns the number of the next. */
static uint32_t execute(uint32_t i, uint64_t icount, const struct example_options* o) {
  x[i % 8] = lockstep_mum(x[(i + 1) % 8] + i, x[(i + 3) % 8] ^ LOCKSTEP_MEM_P);
  if (icount == o->fault_at) x[i % 8] ^= 1;
  if (i == BRANCH) return (x[3] & 1) != 0 ? 12 : 18;
  return i == 17 || i == 23 ? 0 : i + 1;
}

static uint64_t digest(void) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < 8; i++) sum += lockstep_term(i, x[i]);
  return sum;
}

/* Instructions from `i` to the next one that may jump. */
static uint32_t block_length(uint32_t i, uint32_t at_most) {
  uint32_t last = i <= BRANCH ? BRANCH : i <= 17 ? 17 : LENGTH - 1;
  return last - i + 1 < at_most ? last - i + 1 : at_most;
}

int main(int argc, char** argv) {
  struct example_options o = example_parse(argc, argv);
  struct lockstep_open_params params = {
      .producer = "example 1.0",
      .guest_arch = "toy8",
      .vcpus = 1,
      .groups = 1u << LOCKSTEP_GPR,
      .abilities = LOCKSTEP_ABILITY_STEP | LOCKSTEP_ABILITY_REGISTERS | LOCKSTEP_ABILITY_LAYOUT |
                   LOCKSTEP_ABILITY_WINDOWS};
  lockstep_producer* p;
  int error = lockstep_open(&params, &p);
  if (error != 0) {
    fprintf(stderr, "example_producer: %s\n",
            error == -2 ? "start me with lockstep run" : strerror(-error));
    return 1;
  }
  const struct lockstep_request* request = lockstep_request(p);
  static const char* const names[] = {"gpr:x0", "gpr:x1", "gpr:x2", "gpr:x3",
                                      "gpr:x4", "gpr:x5", "gpr:x6", "gpr:x7"};
  lockstep_register_names(p, 0, names, 8);
  uint32_t split = request->step ? 1 : o.split;
  uint32_t window = request->window_insns;
  uint64_t limit = request->stop_at_icount < o.insns ? request->stop_at_icount : o.insns;
  for (uint32_t i = 0; i < LENGTH; i++) { /* a block may begin at any instruction: id == i */
    uint16_t offsets[LENGTH];
    for (uint16_t k = 0; k < LENGTH; k++) offsets[k] = (uint16_t)(4 * k);
    struct lockstep_block block = {
        .id = i,
        .pc = BASE + 4 * i,
        .space = LOCKSTEP_SPACE_UNKNOWN, /* there are no privileges and no paging */
        .n_insns = block_length(i, split),
        .offsets = offsets};
    lockstep_block_info(p, 0, &block);
  }
  uint64_t icount = 0;
  uint32_t at = 0;
  while (icount < limit && !lockstep_stop_requested(p)) {
    if (request->step) lockstep_registers(p, 0, icount, x, 8);
    lockstep_enter(p, 0, at, icount, digest());
    uint32_t n = block_length(at, split);
    do { /* a block ends early where the run wants one to begin */
      example_misbehave(&o, icount);
      at = execute(at, icount++, &o);
    } while (--n != 0 && icount < limit && (window == 0 || icount % window != 0));
  }
  struct lockstep_end end = {.icount = icount, .step = icount, .digests = {digest()}};
  end.reason = icount == o.insns ? LOCKSTEP_END_EXIT
               : icount == limit ? LOCKSTEP_END_LIMIT
                                 : LOCKSTEP_END_STOPPED;
  lockstep_end(p, 0, &end);
  return lockstep_close(p);
}
