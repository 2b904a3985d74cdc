/* SPDX-License-Identifier: MIT */
/* Reads the guest's registers: by the plugin interface where it can (QEMU 9.0 on), else, for
 * RISC-V, by the function that QEMU's GDB stub uses and that Debian's QEMU 7.2 exports.
 *
 * Values are right in a callback at a block's first instruction; those of the interface, also at
 * any instruction whose callback was registered with QEMU_CB_R_REGS. Not thread-safe: vCPU 0's
 * thread only.
 */
#ifndef PLUGINS_QEMU_REGISTERS_H_
#define PLUGINS_QEMU_REGISTERS_H_

#include <stdint.h>

enum register_source { REGISTERS_NONE = 0, REGISTERS_INTERFACE = 1, REGISTERS_GDB = 2 };

/* x1..x31 and pc, in this order. */
#define N_RISCV_REGISTERS 32u
extern const char* const kRiscvRegisterNames[N_RISCV_REGISTERS];

/* Places in QEMU's CPU that could be pc, and at how many different pcs one must have been right to
 * be believed. */
#define MAX_PC_CANDIDATES 64u
#define PC_LOOKS 256u

struct registers {
  enum register_source source;
  int is_riscv;
  int bound;
  void* handles[N_RISCV_REGISTERS]; /* of REGISTERS_INTERFACE; [31] is pc */
  void* cpu;                        /* of REGISTERS_GDB */
  void* buffer;                     /* GByteArray */
  /* Where QEMU keeps pc, once found: see registers_pc(). */
  const uint64_t* pc_place;
  const uint64_t* pc_candidates[MAX_PC_CANDIDATES];
  uint32_t n_pc_candidates;
  uint32_t pc_looks;
  uint64_t last_pc;
  uint64_t term_a[32], term_b[32]; /* digest tables */
};

/* Finds out what is there. May be called before there is a vCPU. */
void registers_init(struct registers* r, int is_riscv);

/* Looks the registers up. In vCPU 0's context. Returns NULL, or what is missing. */
const char* registers_bind(struct registers* r);

/* REQUIRES: registers_bind() succeeded. gpr: is_riscv. pc: right in system emulation of QEMU 8 and
 * later only. */
uint64_t registers_pc(struct registers* r);

/* As registers_pc() at the first instruction of a block, of vCPU 0, but usually in a nanosecond:
 * the plugin interface takes 20 for a register. Among the words of QEMU's CPU those are kept that
 * were equal to the pc at PC_LOOKS blocks in a row with different pcs; then one is read directly.
 * From time to time registers_pc_is_sound() must be asked. */
uint64_t registers_block_pc(struct registers* r);
/* 0: the place that was found is not pc after all. */
int registers_pc_is_sound(struct registers* r);
uint64_t registers_gpr(struct registers* r, uint32_t x); /* x0..x31 */
uint64_t registers_gpr_digest(struct registers* r);

#endif /* PLUGINS_QEMU_REGISTERS_H_ */
