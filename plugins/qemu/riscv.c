/* SPDX-License-Identifier: MIT */
#include "plugins/qemu/riscv.h"

enum {
  OPCODE_OP_IMM = 0x13,
  OPCODE_AUIPC = 0x17,
  OPCODE_OP_IMM_32 = 0x1b,
  OPCODE_STORE = 0x23,
  OPCODE_OP = 0x33,
  OPCODE_LUI = 0x37,
  OPCODE_OP_32 = 0x3b,
};

uint32_t riscv_word(const uint8_t* bytes, uint32_t n_bytes) {
  uint32_t low = bytes[0] | (uint32_t)bytes[1] << 8;
  if (n_bytes == 2) return low;
  if (n_bytes != 4) return 0;
  return low | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Quadrant and funct3 of a compressed instruction as one number. */
static uint32_t compressed_row(uint32_t word) { return (word & 3) << 3 | ((word >> 13) & 7); }
#define ROW(quadrant, funct3) ((quadrant) << 3 | (funct3))

static int compressed_falls_through(uint32_t word, uint32_t xlen) {
  switch (compressed_row(word)) {
    case ROW(0, 0): /* c.addi4spn */
      return word != 0;
    case ROW(1, 0): /* c.addi, c.nop */
    case ROW(1, 2): /* c.li */
    case ROW(1, 3): /* c.lui, c.addi16sp */
    case ROW(1, 4): /* c.srli, c.srai, c.andi, c.sub ... c.addw */
    case ROW(2, 0): /* c.slli */
      return 1;
    case ROW(1, 1): /* RV64: c.addiw; RV32: c.jal */
      return xlen == 64;
    case ROW(2, 4): /* c.mv and c.add have rs2; c.jr, c.jalr and c.ebreak have not */
      return (word & 0x7c) != 0;
    default:
      return 0;
  }
}

int riscv_falls_through(uint32_t word, uint32_t xlen) {
  if ((word & 3) != 3) return compressed_falls_through(word, xlen);
  switch (word & 0x7f) {
    case OPCODE_OP_IMM:
    case OPCODE_OP_IMM_32:
    case OPCODE_OP:
    case OPCODE_OP_32:
    case OPCODE_LUI:
    case OPCODE_AUIPC:
      return 1;
    default:
      return 0;
  }
}

int riscv_store_source(uint32_t word, uint32_t xlen, uint32_t* n_bytes) {
  if ((word & 3) == 3) {
    uint32_t funct3 = (word >> 12) & 7;
    if ((word & 0x7f) != OPCODE_STORE || funct3 > 3) return -1;
    *n_bytes = 1u << funct3;
    return (word >> 20) & 31;
  }
  switch (compressed_row(word)) {
    case ROW(0, 6): /* c.sw */
      *n_bytes = 4;
      return 8 + ((word >> 2) & 7);
    case ROW(0, 7): /* RV64: c.sd; RV32: c.fsw */
      *n_bytes = 8;
      return xlen == 64 ? (int)(8 + ((word >> 2) & 7)) : -1;
    case ROW(2, 6): /* c.swsp */
      *n_bytes = 4;
      return (word >> 2) & 31;
    case ROW(2, 7): /* RV64: c.sdsp; RV32: c.fswsp */
      *n_bytes = 8;
      return xlen == 64 ? (int)((word >> 2) & 31) : -1;
    default:
      return -1;
  }
}
