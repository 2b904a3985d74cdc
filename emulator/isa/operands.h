// Which registers each operation reads and writes, from the text column of rv64.def.
//
// Registers only: CSRs, fflags, memory and the PC are not operands here. Pure functions; safe from
// any thread.
#ifndef EMULATOR_ISA_OPERANDS_H_
#define EMULATOR_ISA_OPERANDS_H_

#include <cstdint>
#include <string_view>

#include "emulator/isa/inst.h"

namespace lockstep::isa {

// The register file that a register field of Instruction names; kNone: the field is unused (it is
// zero), or not a register (rs1 of csrrwi is a number).
enum class RegFile : uint8_t { kNone, kInt, kFloat };

// rd is written, rs1 to rs3 are read. x0 is reported like any other integer register.
struct OperandUse {
  RegFile rd = RegFile::kNone;
  RegFile rs1 = RegFile::kNone;
  RegFile rs2 = RegFile::kNone;
  RegFile rs3 = RegFile::kNone;
};

// The use of an operation's register fields. Of a compressed operation it is that of its base,
// just as Decode fills the fields. All kNone of kIllegal. REQUIRES: op != kCount.
OperandUse OperandsOf(Op op);

inline bool WritesRd(Op op) { return OperandsOf(op).rd != RegFile::kNone; }
inline bool ReadsRs1(Op op) { return OperandsOf(op).rs1 != RegFile::kNone; }
inline bool ReadsRs2(Op op) { return OperandsOf(op).rs2 != RegFile::kNone; }
inline bool ReadsRs3(Op op) { return OperandsOf(op).rs3 != RegFile::kNone; }

// The text column of the operation's own row ("d,i(s)", letters as explained in rv64.def); empty
// of kIllegal and of operations without operands.
std::string_view OperandFormat(Op op);

}  // namespace lockstep::isa

#endif  // EMULATOR_ISA_OPERANDS_H_
