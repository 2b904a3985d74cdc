// RISC-V to IR: makes a unit of a translation block of the interpreter.
//
// State slots 0..31 are x0..x31 (slot 0 is never used), 32..63 are f0..f31. An instruction that has
// no translation here, whatever extension it is of, becomes ir::Op::kInterpret. Not thread-safe.
// Source: docs/design/jit.md.
#ifndef EMULATOR_JIT_FRONTEND_TRANSLATE_H_
#define EMULATOR_JIT_FRONTEND_TRANSLATE_H_

#include <cstdint>
#include <functional>

#include "emulator/interp/block_cache.h"
#include "emulator/isa/inst.h"
#include "emulator/jit/ir/ir.h"

namespace lockstep::jit {

// Instructions that end a block and have a way of their own to be carried out (ir::Inst::imm of
// Interpret; imm2 is the address of the instruction). Each is for one privilege level.
enum class SystemWay : uint8_t { kGeneral, kUserEcall, kSupervisorSret };

struct FrontendOptions {
  isa::ExtensionSet extensions = isa::kRv64gc;
  bool inline_float = true;  // false: floating-point instructions are interpreted
  // The hart whose words of state code may read and write instead of what the interpreter would do
  // for some instructions of Zicsr; null: all those are interpreted. Only addresses are taken.
  const cpu::HartState* words = nullptr;
  bool inline_traps = false;                   // SystemWay is used
  faults::Fault fault = faults::Fault::kNone;  // what it changes is interpreted
  // The out-of-line way of guest instruction `index` of the block (ir::Unit::sites).
  std::function<uint64_t(uint32_t index)> make_site;
  // Told of each instruction that is left to the interpreter. May be empty.
  std::function<void(isa::Op op)> on_interpreted;
};

// The unit of a block, as it comes from the front end: Verify() accepts it, no pass has run.
ir::Unit TranslateBlock(const interp::Block& block, const FrontendOptions& options);

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_FRONTEND_TRANSLATE_H_
