#include "emulator/jit/x64/thunks.h"

#include <asmjit/x86.h>

#include "emulator/base/check.h"

namespace lockstep::jit::x64 {
namespace {

using asmjit::Label;
namespace x86 = asmjit::x86;

constexpr int kSaved[] = {kRbx, kRbp, 12, 13, 14, 15};

x86::Gp Host(int number) { return x86::gpq(static_cast<uint32_t>(number)); }

class ThunkMaker {
 public:
  ThunkMaker(const StateLayout& layout, InterpretFunction interpret, bool sums)
      : layout_(layout), interpret_(interpret), sums_(sums) {}
  Thunks Make(CodeArena* arena);

 private:
  x86::Mem State(int32_t offset) { return x86::qword_ptr(Host(kStateReg), offset - kStateBias); }
  void MovePins(bool to_state);
  void Enter();
  void Interpret();

  const StateLayout& layout_;
  const InterpretFunction interpret_;
  const bool sums_;
  x86::Assembler a_;
  Label resume_, exit_, exit_stored_;
};

void ThunkMaker::MovePins(bool to_state) {
  const auto move = [&](int host, int32_t offset) {
    if (to_state) {
      a_.mov(State(offset), Host(host));
    } else {
      a_.mov(Host(host), State(offset));
    }
  };
  for (const Pin& pin : PinsOf(sums_)) move(pin.host, layout_.slots_int + 8 * pin.slot);
  if (sums_) move(kSumReg, layout_.sum);
}

// Inside, the stack pointer is 8 modulo 16, so that it is aligned in what a thunk calls.
void ThunkMaker::Enter() {
  for (const int reg : kSaved) a_.push(Host(reg));
  a_.sub(x86::rsp, 8 * kSpillSlots);
  a_.lea(Host(kStateReg), x86::ptr(x86::rdi, kStateBias));
  a_.mov(x86::rax, x86::rsi);
  a_.bind(resume_);
  MovePins(/*to_state=*/false);
  a_.mov(Host(kBudgetReg), State(layout_.budget));
  a_.jmp(x86::rax);

  a_.align(asmjit::AlignMode::kCode, 16);
  a_.bind(exit_);
  MovePins(/*to_state=*/true);
  a_.mov(State(layout_.budget), Host(kBudgetReg));
  a_.bind(exit_stored_);
  a_.add(x86::rsp, 8 * kSpillSlots);
  for (size_t i = std::size(kSaved); i-- > 0;) a_.pop(Host(kSaved[i]));
  a_.ret();
}

void ThunkMaker::Interpret() {
  MovePins(/*to_state=*/true);
  a_.lea(x86::rdi, x86::ptr(Host(kStateReg), -kStateBias));
  a_.mov(x86::rsi, x86::rax);
  a_.mov(x86::rdx, Host(kBudgetReg));
  a_.mov(x86::rax, reinterpret_cast<uint64_t>(interpret_));
  a_.call(x86::rax);
  static_assert(static_cast<int>(Way::kGoOn) == 0);
  a_.test(x86::eax, x86::eax);
  Label other = a_.newLabel();
  a_.jnz(other);
  MovePins(/*to_state=*/false);
  a_.ret();
  a_.bind(other);
  a_.add(x86::rsp, 8);  // the address behind the instruction
  a_.cmp(x86::eax, static_cast<int>(Way::kLeave));
  a_.mov(x86::rax, x86::rdx);
  a_.je(exit_stored_);
  a_.jmp(resume_);
}

Thunks ThunkMaker::Make(CodeArena* arena) {
  asmjit::CodeHolder code;
  LOCKSTEP_CHECK(code.init(asmjit::Environment::host()) == asmjit::kErrorOk);
  LOCKSTEP_CHECK(code.attach(&a_) == asmjit::kErrorOk);
  resume_ = a_.newLabel();
  exit_ = a_.newLabel();
  exit_stored_ = a_.newLabel();
  const Label enter = a_.newLabel();
  const Label interpret = a_.newLabel();
  a_.bind(enter);
  Enter();
  a_.align(asmjit::AlignMode::kCode, 16);
  a_.bind(interpret);
  Interpret();
  uint8_t* base = arena->Add(&code);
  LOCKSTEP_CHECK(base != nullptr) << "no room for thunks";
  Thunks thunks;
  thunks.enter = reinterpret_cast<uint64_t (*)(void*, const uint8_t*)>(
      reinterpret_cast<uint64_t>(base + code.labelOffset(enter)));
  thunks.exit = base + code.labelOffset(exit_);
  thunks.interpret = base + code.labelOffset(interpret);
  return thunks;
}

}  // namespace

void EmitTableJump(x86::Assembler* a, const asmjit::Label& miss) {
  // Addresses have no bit 0, and entries are of 16 bytes.
  static_assert(sizeof(JumpEntry) == 16);
  a->mov(x86::ecx, x86::eax);
  a->and_(x86::ecx, static_cast<int32_t>((kJumpEntries - 1) << 1));
  a->cmp(x86::qword_ptr(x86::rdx, x86::rcx, 3, offsetof(JumpEntry, pc)), x86::rax);
  a->jne(miss);
  a->jmp(x86::qword_ptr(x86::rdx, x86::rcx, 3, offsetof(JumpEntry, entry)));
}

Thunks MakeThunks(const StateLayout& layout, InterpretFunction interpret, bool sums,
                  CodeArena* arena) {
  return ThunkMaker(layout, interpret, sums).Make(arena);
}

}  // namespace lockstep::jit::x64
