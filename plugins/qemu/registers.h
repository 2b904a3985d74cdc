/* SPDX-License-Identifier: MIT */
/* Reads the guest's registers: by the plugin interface where it can (QEMU 9.0 on), else, for
 * RISC-V, by the function that QEMU's GDB stub uses and that Debian's QEMU 7.2 exports.
 *
 * Values are right in a callback at a block's first instruction; those of the interface, also at
 * any instruction whose callback was registered with QEMU_CB_R_REGS. Not thread-safe: vCPU 0's
 * thread only. Which registers there are: docs/design/digests.md.
 */
#ifndef PLUGINS_QEMU_REGISTERS_H_
#define PLUGINS_QEMU_REGISTERS_H_

#include <stddef.h>
#include <stdint.h>

#include "plugins/sdk/lockstep_ring.h"

enum register_source { REGISTERS_NONE = 0, REGISTERS_INTERFACE = 1, REGISTERS_GDB = 2 };

/* Of RISC-V: x1..x31 and pc come first, in this order. */
#define PC_PLACE 31u
#define MAX_RISCV_REGISTERS (32u + 33u + 36u + LOCKSTEP_MAX_EXTRA_CSRS)

/* Places in QEMU's CPU that could be pc, and at how many different pcs one must have been right to
 * be believed. */
#define MAX_PC_CANDIDATES 64u
#define PC_LOOKS 256u

struct guest_register {
  const char* name;      /* "gpr:ra", "pc:pc", "csr:mepc" */
  void* handle;          /* of REGISTERS_INTERFACE */
  uint64_t ignored_bits; /* by the run's policy */
  uint64_t term_a, term_b;
  uint32_t element; /* 0: not digested */
};

struct registers {
  enum register_source source;
  int is_riscv;
  int bound;
  uint32_t groups; /* mask of 1u << enum lockstep_group: which of them are in the list */
  uint32_t n;
  struct guest_register list[MAX_RISCV_REGISTERS];
  char missing[128]; /* the sentence of registers_bind() */
  void* cpu;         /* of REGISTERS_GDB */
  void* buffer;      /* GByteArray */
  /* Where QEMU keeps pc, once found: see registers_block_pc(). */
  const uint64_t* pc_place;
  const uint64_t* pc_candidates[MAX_PC_CANDIDATES];
  uint32_t n_pc_candidates;
  uint32_t pc_looks;
  uint64_t last_pc;
};

/* Finds out how registers can be read. May be called before there is a vCPU. */
void registers_init(struct registers* r, int is_riscv);

/* The groups that this QEMU may have of a RISC-V guest. */
uint32_t registers_groups(const struct registers* r, uint32_t xlen, int is_system);

/* Makes the list of registers: gpr, pc and those of `groups`, with what the rules say. Returns
 * NULL, or a name in the rules that is no register's. REQUIRES: is_riscv; once, before
 * registers_bind().
 */
const char* registers_choose(struct registers* r, uint32_t groups,
                             const struct lockstep_rules* rules);

/* The one of the list that is called "mepc", or NULL. */
struct guest_register* registers_find(struct registers* r, const char* name);

/* Looks the registers up. In vCPU 0's context. Returns NULL, or a sentence: what is missing. */
const char* registers_bind(struct registers* r);

/* REQUIRES: registers_bind() succeeded. Right in system emulation of QEMU 8 and later only. */
uint64_t registers_pc(struct registers* r);

/* As registers_pc() at the first instruction of a block, of vCPU 0, but usually in a nanosecond:
 * the plugin interface takes 20 for a register. Among the words of QEMU's CPU those are kept that
 * were equal to the pc at PC_LOOKS blocks in a row with different pcs; then one is read directly.
 * From time to time registers_pc_is_sound() must be asked. */
uint64_t registers_block_pc(struct registers* r);
/* 0: the place that was found is not pc after all. */
int registers_pc_is_sound(struct registers* r);

/* REQUIRES of the rest: registers_bind() succeeded, is_riscv. */
uint64_t registers_gpr(struct registers* r, uint32_t x); /* x0..x31 */
/* All of the list but pc, in its order. REQUIRES: `values` has room for r->n. */
void registers_read(struct registers* r, uint64_t* values);
/* The digest of a group: enum lockstep_group, not memory. */
uint64_t registers_digest(struct registers* r, uint32_t group);

#endif /* PLUGINS_QEMU_REGISTERS_H_ */
