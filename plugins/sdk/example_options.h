/* SPDX-License-Identifier: MIT */
/* Options of the example producer: how it is to differ, or to fail. */
#ifndef PLUGINS_SDK_EXAMPLE_OPTIONS_H_
#define PLUGINS_SDK_EXAMPLE_OPTIONS_H_

#include <stdint.h>

struct example_options {
  uint64_t insns;    /* --insns N: power off after so many instructions */
  uint32_t split;    /* --split N: at most so many instructions per block */
  uint64_t fault_at; /* --fault-at I: instruction number I computes a wrong bit */
  uint64_t crash_at; /* --crash-at I: dies of SIGKILL there */
  uint64_t hang_at;  /* --hang-at I: does nothing more there */
  uint64_t quit_at;  /* --quit-at I: exits with status 3 there, and says no End */
  int garbage;       /* --garbage: writes noise to the ring */
};

/* Numbers not given are UINT64_MAX; insns is 100000 and split 65535. Exits with status 2 on a bad
 * option. Opens the ring behind the library's back and ends the process if --garbage is given. */
struct example_options example_parse(int argc, char** argv);

/* Ends or hangs the process if this is where the options ask for it. */
void example_misbehave(const struct example_options* options, uint64_t icount);

#endif /* PLUGINS_SDK_EXAMPLE_OPTIONS_H_ */
