// The front end's working state, shared by its parts. Internal to this package.
#ifndef EMULATOR_JIT_FRONTEND_TRANSLATOR_H_
#define EMULATOR_JIT_FRONTEND_TRANSLATOR_H_

#include "emulator/jit/frontend/translate.h"

namespace lockstep::jit {

class Translator {
 public:
  Translator(const interp::Block& block, const FrontendOptions& options);
  ir::Unit Run();

 private:
  static constexpr uint8_t kFirstF = 32;  // slot of f0

  // Each gives false when the instruction is not one of its own; nothing is emitted then.
  bool Integer(const isa::Instruction& inst, const interp::Slot& slot);
  bool Word(const isa::Instruction& inst, const interp::Slot& slot);
  bool Memory(const isa::Instruction& inst, const interp::Slot& slot);
  bool Control(const isa::Instruction& inst, const interp::Slot& slot);
  bool Csr(const isa::Instruction& inst);
  bool StatusCsr(const isa::Instruction& inst);
  ir::Ref Word(const uint64_t& word);
  void SetWord(const uint64_t& word, ir::Ref value);
  void Guard(ir::Ref value, uint8_t slot);
  bool Float(const isa::Instruction& inst);
  bool FloatArithmetic(const isa::Instruction& inst);
  bool FloatMove(const isa::Instruction& inst);
  bool FloatConvert(const isa::Instruction& inst);
  bool FloatMemory(const isa::Instruction& inst, const interp::Slot& slot);

  ir::Ref X(uint8_t number) { return number == 0 ? b_.Const(0) : b_.Get(number); }
  void SetX(uint8_t number, ir::Ref value) {
    if (number != 0) b_.Set(number, value);
  }
  ir::Ref Op2(ir::Op op, ir::Ref a, ir::Ref b) { return b_.Emit(op, a, b); }
  // An instruction that may go out of line, with the slot that it writes.
  ir::Ref Fallible(ir::Inst inst, uint8_t slot);
  static uint8_t XSlot(uint8_t number) { return number == 0 ? ir::kNoSlot : number; }

  // A floating-point operand of `bytes` width, and a result.
  ir::Ref F(uint8_t number, uint8_t bytes, uint8_t result_slot);
  void SetF(uint8_t number, uint8_t bytes, ir::Ref value);
  bool BinaryFloat(ir::Op op, uint8_t bytes, const isa::Instruction& inst);
  bool FusedFloat(ir::Op op, uint8_t bytes, const isa::Instruction& inst);
  bool CompareFloat(ir::Op op, uint8_t bytes, const isa::Instruction& inst);
  bool SignFloat(ir::Op op, uint8_t bytes, const isa::Instruction& inst);
  bool ToInteger(uint8_t bytes, uint8_t int_bytes, const isa::Instruction& inst);
  bool FromInteger(uint8_t bytes, isa::Op op, const isa::Instruction& inst);

  SystemWay SystemWayOf(const isa::Instruction& inst) const;
  void Interpret(const isa::Instruction& inst);
  void Jump(uint64_t target);

  const interp::Block& block_;
  const FrontendOptions& options_;
  ir::Unit unit_;
  ir::Builder b_;
  uint32_t index_ = 0;  // of the guest instruction
  bool has_end_ = false;
};

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_FRONTEND_TRANSLATOR_H_
