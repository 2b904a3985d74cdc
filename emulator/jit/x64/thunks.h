// The few pieces of code that all translations share.
#ifndef EMULATOR_JIT_X64_THUNKS_H_
#define EMULATOR_JIT_X64_THUNKS_H_

#include <asmjit/x86.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "emulator/jit/x64/arena.h"
#include "emulator/jit/x64/layout.h"

namespace lockstep::jit::x64 {

// What to do after a guest instruction that was carried out out of line. All but kGoOn take the
// budget from the state.
enum class Way : uint64_t {
  kGoOn,   // behind the instruction
  kLeave,  // host code is left; `value` is what enter() returns
  kEnter,  // with the block whose host code is at `value`
};
struct Next {
  Way way;
  uint64_t value;
};
// Returned in rax and rdx.
static_assert(sizeof(Next) == 16);

// Carries out one guest instruction.
using InterpretFunction = Next (*)(void* state, uint64_t site, uint64_t budget);

// Ways to carry out an instruction that ends a block; 0 is the general one.
inline constexpr size_t kWays = 3;

struct Thunks {
  // Runs host code from `entry` with the budget in the state; returns kLeft, kIndirect,
  // kNeedsInterpreter or the Link* through which it was left.
  uint64_t (*enter)(void* state, const uint8_t* entry) = nullptr;
  // To jump to, with what enter() shall return in rax.
  const uint8_t* exit = nullptr;
  // To call with a site in rax: kNoLive registers survive but the stack and the pinned ones, which
  // are as the guest instruction left them.
  const uint8_t* interpret = nullptr;
  // To jump to in place of that, by the number of the way (ir::Inst::imm), with a word in rcx. They
  // do not come back. The first is not used.
  std::array<const uint8_t*, kWays> special{};
};

// Bytes of stack that a translation may use for its values.
inline constexpr int kSpillSlots = 64;

// Jumps to the code that the table in rdx (JumpEntry[kJumpEntries]) has for the guest address in
// rax, or to `miss`, with rax as it was. Overwrites ecx.
void EmitTableJump(asmjit::x86::Assembler* a, const asmjit::Label& miss);

// `sums`: as of EmitOptions.
Thunks MakeThunks(const StateLayout& layout, InterpretFunction interpret, bool sums,
                  CodeArena* arena);

}  // namespace lockstep::jit::x64

#endif  // EMULATOR_JIT_X64_THUNKS_H_
