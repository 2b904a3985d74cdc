/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "plugins/sdk/example_options.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/sdk/lockstep_digest.h"
#include "plugins/sdk/lockstep_producer.h"

static void usage(const char* problem, const char* what) {
  fprintf(stderr,
          "example_producer: %s '%s'\n"
          "usage: example_producer [--insns N] [--split N] [--fault-at I] [--crash-at I]\n"
          "                        [--hang-at I] [--quit-at I] [--garbage]\n",
          problem, what);
  exit(2);
}

static uint64_t number(const char* text) {
  char* end;
  if (text[0] < '0' || text[0] > '9') usage("not a number:", text);
  uint64_t value = strtoull(text, &end, 0);
  if (*end != 0) usage("not a number:", text);
  return value;
}

/* A producer whose memory went wrong: correct in what it says of itself, noise in its ring. */
static void speak_garbage(void) {
  struct lockstep_open_params params = {
      .producer = "example 1.0 (garbage)", .guest_arch = "toy8", .vcpus = 1, .groups = 1};
  lockstep_producer* p;
  if (lockstep_open(&params, &p) != 0) usage("no ring to write to:", "--garbage");
  int fd = atoi(getenv(LOCKSTEP_RING_ENV));
  struct stat st;
  if (fstat(fd, &st) != 0) exit(1);
  char* base = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) exit(1);
  struct lockstep_control* control = (struct lockstep_control*)base;
  struct lockstep_cursors* cursors = (struct lockstep_cursors*)(base + LOCKSTEP_PAGE_BYTES);
  uint64_t* words = (uint64_t*)(base + control->ring_offset);
  for (uint64_t i = 0; i < 256; i++) words[i] = lockstep_splitmix(i);
  __atomic_store_n(&cursors->written, 128, __ATOMIC_RELEASE);
  __atomic_store_n(&cursors->published, 128, __ATOMIC_RELEASE);
  for (;;) pause(); /* until the agent has seen enough of it */
}

struct example_options example_parse(int argc, char** argv) {
  struct example_options o = {100000, 65535, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0};
  static const struct {
    const char* name;
    size_t offset;
  } numbers[] = {{"--insns", offsetof(struct example_options, insns)},
                 {"--fault-at", offsetof(struct example_options, fault_at)},
                 {"--crash-at", offsetof(struct example_options, crash_at)},
                 {"--hang-at", offsetof(struct example_options, hang_at)},
                 {"--quit-at", offsetof(struct example_options, quit_at)}};
  for (int i = 1; i < argc; i++) {
    int known = 0;
    if (strcmp(argv[i], "--garbage") == 0) {
      o.garbage = 1;
      continue;
    }
    if (i + 1 == argc) usage("unknown option, or no value for", argv[i]);
    if (strcmp(argv[i], "--split") == 0) {
      uint64_t split = number(argv[++i]);
      if (split == 0 || split > 65535) usage("not in 1..65535:", argv[i]);
      o.split = (uint32_t)split;
      continue;
    }
    for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]) && !known; k++) {
      if (strcmp(argv[i], numbers[k].name) != 0) continue;
      *(uint64_t*)((char*)&o + numbers[k].offset) = number(argv[++i]);
      known = 1;
    }
    if (!known) usage("unknown option", argv[i]);
  }
  if (o.garbage) speak_garbage();
  return o;
}

void example_misbehave(const struct example_options* options, uint64_t icount) {
  if (icount == options->crash_at) kill(getpid(), SIGKILL);
  if (icount == options->quit_at) _exit(3);
  while (icount == options->hang_at) pause();
}
