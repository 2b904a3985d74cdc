/* SPDX-License-Identifier: MIT */
/* The plugin's options: -plugin liblockstep_qemu.so,KEY=VALUE,... */
#ifndef PLUGINS_QEMU_OPTIONS_H_
#define PLUGINS_QEMU_OPTIONS_H_

#include <stddef.h>
#include <stdint.h>

enum count_mode {
  COUNT_AUTO = 0, /* sparse where the guest's instructions are known, else per instruction */
  COUNT_INSN = 1, /* an addition at every instruction */
};

enum pc_source {
  PC_AUTO = 0,     /* from where it is right in this version and mode */
  PC_BLOCK = 1,    /* the translation's address */
  PC_REGISTER = 2, /* the register */
};

enum device_stores {
  DEVICES_AUTO = 0, /* LAST with -icount, else ALL; RISC-V system emulation only */
  DEVICES_OFF = 1,
  DEVICES_LAST = 2, /* stores that end their block: with -icount, all that reach a device */
  DEVICES_ALL = 3,  /* all stores */
};

enum register_digests {
  DIGESTS_OFF = 0,
  DIGESTS_BLOCK = 1,  /* at every block's entry, or where the run asks for it */
  DIGESTS_WINDOW = 2, /* at the ends of windows only: the run must ask for that */
};

struct options {
  enum register_digests digests;
  enum count_mode count;
  enum pc_source pc;
  enum device_stores devices;
  int tlb;               /* tlb=on: fills from QEMU's log, as evidence */
  int traps;             /* traps=on: exceptions and interrupts from QEMU's log, compared */
  int memory;            /* memory=on: stores are digested, and accesses to devices told of */
  uint32_t groups;       /* mask of 1u << enum lockstep_group; 0: the plugin's choice */
  uint64_t sample_insns; /* registers at the first block after so many instructions; 0: never */
  int has_start, has_stop;
  uint64_t start, stop; /* guest addresses */
  uint64_t poweroff;    /* physical address of the SiFive test finisher */
  uint64_t uart;        /* of the 16550 console */
};

/* Returns 0; or -1 with a sentence in `error` that names the option. */
int options_parse(int argc, char** argv, struct options* options, char* error, size_t error_bytes);

#endif /* PLUGINS_QEMU_OPTIONS_H_ */
