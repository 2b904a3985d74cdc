// The decoded form of one instruction, and the decoder and disassembler for it.
//
// Everything here is generated from the one instruction table, emulator/isa/rv64.def. Pure
// functions without state; safe from any thread.
// Source: The RISC-V Instruction Set Manual, Volume I, and Volume II for the system instructions.
#ifndef EMULATOR_ISA_INST_H_
#define EMULATOR_ISA_INST_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/isa/extensions.h"

namespace lockstep::isa {

// One value per row of rv64.def, in the table's order; kIllegal is 0 and not in the table.
// Compressed rows have values of their own (kCAddi ...), see BaseOp().
enum class Op : uint16_t {
  kIllegal = 0,
#define LOCKSTEP_INST(id, ...) id,
#include "emulator/isa/rv64.def"
#undef LOCKSTEP_INST
  kCount
};

// What a row does, as far as block formation and statistics care.
enum class Class : uint8_t {
  kAlu,     // integer computation, lui, auipc: cannot trap
  kMulDiv,  // M extension
  kLoad,    // integer and floating-point loads
  kStore,   // integer and floating-point stores
  kAtomic,  // lr, sc, amo
  kBranch,  // conditional branch
  kJump,    // jal, jalr and their compressed forms
  kFloat,   // floating-point computation, moves and conversions (traps when FS is off)
  kCsr,     // csrrw ... csrrci
  kSystem,  // ecall, ebreak, mret, sret, wfi, sfence.vma, fence.i
  kFence,   // fence
};

// An instruction with its operands taken apart. Compressed instructions carry the operands of
// the base instruction that they expand to (c.addi: rd = rs1, imm), so that semantics need only
// base operations: see BaseOp().
struct Instruction {
  Op op = Op::kIllegal;
  uint8_t length_bytes = 4;  // 2 or 4; of an illegal encoding: by its two low bits
  uint8_t rd = 0;            // integer or floating-point register number, by the row's operands
  uint8_t rs1 = 0;           // also the 5-bit zimm of csrr?i
  uint8_t rs2 = 0;
  uint8_t rs3 = 0;
  uint8_t rm = 0;    // rounding mode field of floating-point rows; aq<<1|rl of atomics
  uint16_t csr = 0;  // CSR number of csr rows
  int64_t imm =
      0;  // sign-extended immediate; the shift amount of shifts; pred<<4|succ|fm<<8 of fence
  uint32_t raw = 0;  // the encoding as fetched (16 bits of a compressed one)
};

// Decodes the instruction whose low half-word is `word & 0xffff` (the high half is ignored when
// the low one is a compressed encoding). Never fails: what no row matches is Op::kIllegal.
Instruction Decode(uint32_t word);
// The same for a hart with these extensions: what needs another one is illegal.
Instruction Decode(uint32_t word, ExtensionSet extensions);

// The extensions that make the operation legal; none of kIllegal.
ExtensionSet NeededBy(Op op);

// The base operation that `op` means: kCAddi -> kAddi, kCLwsp -> kLw; identity for others.
Op BaseOp(Op op);

// Mnemonic as in the table, for example "c.addi", "fence.i"; "unimp" style names are not used.
// "illegal" of kIllegal.
std::string_view Mnemonic(Op op);
// kSystem of kIllegal, which always traps.
Class ClassOf(Op op);

// Text exactly as `riscv64-linux-gnu-objdump -d -M no-aliases` prints the instruction in its
// operand column, mnemonic and operands separated by one blank ("addi a0,a0,1"), without the
// trailing "# address" comments. Branch and jump targets are absolute ("beq a0,a1,0x80000010"),
// computed from `pc`. An illegal encoding gives objdump's ".2byte 0x.."/".4byte 0x.." form. Legal
// words that objdump does not know are printed in the same style; docs/design/isa.md lists them.
std::string Disassemble(const Instruction& inst, uint64_t pc);

// ABI names: "zero", "ra", ... and "ft0", ...  REQUIRES: number < 32.
std::string_view IntRegisterName(int number);
std::string_view FloatRegisterName(int number);

// Name of a CSR ("mstatus"), or empty when it has none.
std::string_view CsrName(uint16_t csr);

}  // namespace lockstep::isa

#endif  // EMULATOR_ISA_INST_H_
