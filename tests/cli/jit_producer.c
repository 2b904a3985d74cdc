/* SPDX-License-Identifier: MIT */
/* A producer that says that it is a JIT, and ends before it has translated a block. */
#include <stdio.h>

#include "plugins/sdk/lockstep_producer.h"

int main(void) {
  struct lockstep_open_params params = {.producer = "idle jit 1.0",
                                        .guest_arch = "toy8",
                                        .vcpus = 1,
                                        .groups = 1u << LOCKSTEP_GPR,
                                        .engine = LOCKSTEP_ENGINE_JIT};
  lockstep_producer* p;
  if (lockstep_open(&params, &p) != 0) {
    fprintf(stderr, "jit_producer: start me with lockstep run\n");
    return 1;
  }
  struct lockstep_end end = {.reason = LOCKSTEP_END_EXIT};
  lockstep_end(p, 0, &end);
  return lockstep_close(p);
}
