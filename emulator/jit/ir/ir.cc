#include "emulator/jit/ir/ir.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "emulator/base/check.h"

namespace lockstep::jit::ir {
namespace {

struct OpInfo {
  std::string_view name;
  Type result;
  int operands;
  Trait trait;
};

constexpr OpInfo kOps[] = {
#define LOCKSTEP_IR(name, result, operands, trait) {#name, Type::result, operands, Trait::trait},
#include "emulator/jit/ir/opcodes.def"
#undef LOCKSTEP_IR
};

const OpInfo& InfoOf(Op op) { return kOps[static_cast<size_t>(op)]; }

constexpr std::string_view kCondNames[] = {"eq", "ne", "lt", "ge", "ltu", "geu"};

std::string SlotName(uint8_t slot) {
  return slot < 32 ? absl::StrCat("x", slot) : absl::StrCat("f", slot - 32);
}

bool HasWidth(Op op) {
  switch (op) {
    case Op::kLoad:
    case Op::kStore:
    case Op::kLoadF:
    case Op::kStoreF:
    case Op::kExtend:
      return true;
    default:
      return op >= Op::kFAdd && op <= Op::kFFromBits;
  }
}

bool HasAddress(Op op) { return op >= Op::kLoad && op <= Op::kStoreF; }

// The type that operand `number` must have.
Type OperandType(Op op, int number) {
  switch (op) {
    case Op::kSetF:
    case Op::kUnbox:
    case Op::kBox:
    case Op::kFToInt:
    case Op::kFBits:
      return Type::kFloat;
    case Op::kStoreF:
      return number == 1 ? Type::kFloat : Type::kInt;
    default:
      return op >= Op::kFAdd && op <= Op::kFNarrow && op != Op::kFFromInt ? Type::kFloat
                                                                          : Type::kInt;
  }
}

std::string PrintInst(const Inst& inst, size_t number) {
  const OpInfo& info = InfoOf(inst.op);
  std::string line = "  ";
  if (info.result != Type::kNone) absl::StrAppend(&line, "v", number, " = ");
  line += info.name;
  if (HasWidth(inst.op)) absl::StrAppend(&line, ".", inst.bytes * 8, inst.is_signed ? "s" : "");
  if (inst.op == Op::kFToInt) {
    absl::StrAppend(&line, ".", inst.int_bytes * 8, inst.is_truncating ? "t" : "");
  }
  if (inst.op == Op::kBranch) {
    absl::StrAppend(&line, ".", std::string(kCondNames[static_cast<size_t>(inst.cond)]));
  }
  if (inst.is_low && info.trait == Trait::kPure && inst.op != Op::kConst) line += ".low";
  const char* separator = " ";
  if (info.trait == Trait::kReads || info.trait == Trait::kWrites) {
    absl::StrAppend(&line, " ", SlotName(inst.slot));
    separator = ", ";
  }
  for (int i = 0; i < info.operands; ++i) {
    absl::StrAppend(&line, separator, "v", inst.args[i]);
    separator = ", ";
  }
  if (HasAddress(inst.op) && inst.imm != 0) {
    absl::StrAppendFormat(&line, " %+d", static_cast<int64_t>(inst.imm));
  }
  if (inst.op == Op::kExtend && inst.imm != 0) absl::StrAppend(&line, " << ", inst.imm);
  const bool has_imm = inst.op == Op::kConst || inst.op == Op::kJump || inst.op == Op::kBranch ||
                       inst.op == Op::kGetWord || inst.op == Op::kSetWord;
  if (has_imm) {
    absl::StrAppendFormat(&line, "%s%#x", separator, inst.imm);
  }
  if (inst.op == Op::kBranch) absl::StrAppendFormat(&line, " else %#x", inst.imm2);
  if (info.trait == Trait::kFallible) absl::StrAppend(&line, "  ; #", inst.guest);
  return line + "\n";
}

std::string VerifyInst(const Unit& unit, size_t number) {
  const Inst& inst = unit.insts[number];
  if (inst.op >= Op::kCount) return "unknown opcode";
  const OpInfo& info = InfoOf(inst.op);
  for (int i = 0; i < 3; ++i) {
    const Ref arg = inst.args[i];
    if (i >= info.operands) {
      if (arg != kNoRef) return absl::StrCat("operand ", i, " is one too many");
      continue;
    }
    if (arg >= number) return absl::StrCat("operand ", i, " is not defined before");
    if (ResultOf(unit.insts[arg].op) != OperandType(inst.op, i)) {
      return absl::StrCat("operand ", i, " has the wrong type");
    }
  }
  const bool has_slot = info.trait == Trait::kReads || info.trait == Trait::kWrites;
  if (has_slot && inst.slot >= kSlots) return "slot out of range";
  if (inst.slot != kNoSlot && inst.slot >= kSlots) return "slot out of range";
  if ((info.trait == Trait::kEnd) != (number + 1 == unit.insts.size())) {
    return "an end is the last, and the last is an end";
  }
  if (inst.guest >= unit.n_guest) return "guest instruction out of range";
  if (number > 0 && inst.guest < unit.insts[number - 1].guest) return "guest instructions go back";
  const bool is_after_write = number > 0 && unit.insts[number - 1].guest == inst.guest &&
                              TraitOf(unit.insts[number - 1].op) == Trait::kWrites;
  if (is_after_write && info.trait == Trait::kFallible) {
    return "fallible behind a write of the same guest instruction";
  }
  if (HasWidth(inst.op) && inst.bytes != 1 && inst.bytes != 2 && inst.bytes != 4 &&
      inst.bytes != 8) {
    return "width";
  }
  return "";
}

}  // namespace

std::string_view Name(Op op) { return InfoOf(op).name; }
Type ResultOf(Op op) { return InfoOf(op).result; }
int OperandsOf(Op op) { return InfoOf(op).operands; }
Trait TraitOf(Op op) { return InfoOf(op).trait; }

std::string Print(const Unit& unit) {
  std::string text = absl::StrFormat("unit %#x, %d guest instructions\n", unit.pc, unit.n_guest);
  for (size_t i = 0; i < unit.insts.size(); ++i) text += PrintInst(unit.insts[i], i);
  return text;
}

std::string Verify(const Unit& unit) {
  if (unit.insts.empty()) return "no instructions";
  if (unit.insts.size() >= kNoRef) return "too many instructions";
  for (size_t i = 0; i < unit.insts.size(); ++i) {
    const std::string problem = VerifyInst(unit, i);
    if (!problem.empty()) return absl::StrCat("v", i, ": ", problem);
  }
  return "";
}

Ref Builder::Emit(Inst inst) {
  inst.guest = guest_;
  unit_.insts.push_back(inst);
  LOCKSTEP_CHECK(unit_.insts.size() < kNoRef) << "unit too long";
  return static_cast<Ref>(unit_.insts.size() - 1);
}

Ref Builder::Emit(Op op, Ref a, Ref b, Ref c) {
  Inst inst;
  inst.op = op;
  inst.args = {a, b, c};
  return Emit(inst);
}

Ref Builder::Const(uint64_t value) {
  Inst inst;
  inst.op = Op::kConst;
  inst.imm = value;
  return Emit(inst);
}

Ref Builder::Get(uint8_t slot) {
  Inst inst;
  inst.op = slot < 32 ? Op::kGet : Op::kGetF;
  inst.slot = slot;
  return Emit(inst);
}

void Builder::Set(uint8_t slot, Ref value) {
  Inst inst;
  inst.op = slot < 32 ? Op::kSet : Op::kSetF;
  inst.slot = slot;
  inst.args[0] = value;
  Emit(inst);
}

}  // namespace lockstep::jit::ir
