/* SPDX-License-Identifier: MIT */
/* The headers are C99 without extensions to warn of, and the layout is what ring.md draws. */
#include <stddef.h>
#include <stdio.h>

#include "plugins/sdk/lockstep_digest.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/lockstep_ring.h"

static int failures = 0;

static void expect(const char* what, uint64_t actual, uint64_t expected) {
  if (actual == expected) return;
  printf("%s is %llu, not %llu\n", what, (unsigned long long)actual, (unsigned long long)expected);
  failures++;
}

int main(void) {
  expect("sizeof lockstep_slot", sizeof(struct lockstep_slot), 16);
  expect("sizeof lockstep_cursors", sizeof(struct lockstep_cursors), 192);
  expect("flushed", offsetof(struct lockstep_cursors, flushed), 16);
  expect("written", offsetof(struct lockstep_cursors, written), 64);
  expect("consumed", offsetof(struct lockstep_cursors, consumed), 128);
  expect("request", offsetof(struct lockstep_control, request), 40);
  expect("producer", offsetof(struct lockstep_control, producer), 88);
  expect("state", offsetof(struct lockstep_control, state), 184);
  expect("agent_pid", offsetof(struct lockstep_control, agent_pid), 204);
  expect("sizeof lockstep_block_info_wire", sizeof(struct lockstep_block_info_wire), 24);
  expect("sizeof lockstep_end_wire", sizeof(struct lockstep_end_wire), 56);
  expect("mum", lockstep_mum(UINT64_MAX, UINT64_MAX), UINT64_MAX);
  return failures != 0;
}
