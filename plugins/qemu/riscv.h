/* SPDX-License-Identifier: MIT */
/* What the plugin knows about RISC-V instructions: which of them can leave a translation block
 * before its end, and what a store stores. Pure functions.
 */
#ifndef PLUGINS_QEMU_RISCV_H_
#define PLUGINS_QEMU_RISCV_H_

#include <stdint.h>

/* The instruction of `n_bytes` bytes, little-endian, zero-extended; 0 if n_bytes is not 2 or 4. */
uint32_t riscv_word(const uint8_t* bytes, uint32_t n_bytes);

/* Whether execution surely goes on with the next instruction of the block: integer computational
 * instructions, LUI, AUIPC, and their compressed forms. An encoding of these that is illegal is
 * known when the block is translated, and ends it. `xlen` is 32 or 64. */
int riscv_falls_through(uint32_t word, uint32_t xlen);

/* The register number (0..31) whose value an integer store stores, and *n_bytes how much of it;
 * -1 if the instruction is no integer store. AMOs are none. */
int riscv_store_source(uint32_t word, uint32_t xlen, uint32_t* n_bytes);

#endif /* PLUGINS_QEMU_RISCV_H_ */
