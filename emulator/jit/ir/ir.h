// The intermediate representation between the guest's front end and a host's back end.
//
// A Unit is one translation block in SSA form: a list of instructions, each the definition of the
// value with its own number, the last one a jump. Guest registers are numbered state slots, read
// and written by Get and Set; what is between them is values. Nothing here knows RISC-V or x86.
// Not thread-safe. Source: docs/design/jit.md.
#ifndef EMULATOR_JIT_IR_IR_H_
#define EMULATOR_JIT_IR_IR_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::jit::ir {

enum class Op : uint8_t {
#define LOCKSTEP_IR(name, ...) k##name,
#include "emulator/jit/ir/opcodes.def"
#undef LOCKSTEP_IR
  kCount
};

enum class Type : uint8_t { kNone, kInt, kFloat };

enum class Trait : uint8_t { kPure, kReads, kWrites, kFallible, kEffect, kEnd };

enum class Cond : uint8_t { kEq, kNe, kLt, kGe, kLtu, kGeu };

// Number of a value: the index of its definition in Unit::insts.
using Ref = uint16_t;
inline constexpr Ref kNoRef = 0xffff;
inline constexpr uint8_t kNoSlot = 0xff;
inline constexpr int kSlots = 64;  // state slots 0..63

struct Inst {
  Op op = Op::kConst;
  uint8_t slot = kNoSlot;  // read or written; of kFallible what the out-of-line way writes
  uint8_t bytes = 8;       // of memory and floating-point operations
  uint8_t int_bytes = 8;   // of FToInt: 4 or 8
  bool is_signed = false;
  bool is_truncating = false;
  bool is_low = false;  // nobody looks at more than the low 32 bits of the result
  Cond cond = Cond::kEq;
  uint16_t guest = 0;  // number of the guest instruction in the block
  std::array<Ref, 3> args = {kNoRef, kNoRef, kNoRef};
  uint64_t imm =
      0;  // of Interpret: which of the back end's ways to carry it out; 0: the general one
  uint64_t imm2 = 0;  // and what that is told
};

struct Unit {
  uint64_t pc = 0;  // of the block, in the guest's address space
  uint32_t n_guest = 0;
  bool uses_float = false;
  std::vector<Inst> insts;
  // The out-of-line way of each guest instruction, an opaque number for the back end; 0: none.
  std::vector<uint64_t> sites;
};

std::string_view Name(Op op);
Type ResultOf(Op op);
int OperandsOf(Op op);
Trait TraitOf(Op op);

// One line for each instruction: "  v3 = AddW v1, v2". For people and golden tests.
std::string Print(const Unit& unit);

// Empty, or what is wrong: a use before its definition, an operand of the wrong type or number, a
// slot out of range, an end that is not the last.
std::string Verify(const Unit& unit);

// Appends instructions. `guest` is put into each until it is changed.
class Builder {
 public:
  explicit Builder(Unit* unit) : unit_(*unit) {}
  void set_guest(uint16_t guest) { guest_ = guest; }

  Ref Emit(Inst inst);
  Ref Emit(Op op, Ref a = kNoRef, Ref b = kNoRef, Ref c = kNoRef);
  Ref Const(uint64_t value);
  Ref Get(uint8_t slot);
  void Set(uint8_t slot, Ref value);

 private:
  Unit& unit_;
  uint16_t guest_ = 0;
};

}  // namespace lockstep::jit::ir

#endif  // EMULATOR_JIT_IR_IR_H_
