#include "emulator/jit/system_code.h"

#include <asmjit/x86.h>

#include <cstddef>

#include "emulator/base/check.h"
#include "emulator/jit/frontend/translate.h"

namespace lockstep::jit {
namespace {

namespace x86 = asmjit::x86;
using asmjit::Label;
using cpu::HartState;
using cpu::TlbTables;

class Maker {
 public:
  Maker(const HartState& hart, const x64::Thunks& thunks) : hart_(hart), thunks_(thunks) {}
  void Make(x64::CodeArena* arena, x64::Thunks* thunks);

 private:
  template <typename T>
  x86::Mem State(const T& field) const {
    const auto offset =
        reinterpret_cast<const char*>(&field) - reinterpret_cast<const char*>(&hart_);
    return x86::Mem(x86::gpq(x64::kStateReg), static_cast<int32_t>(offset) - x64::kStateBias,
                    sizeof(T));
  }
  void Ecall();
  void Sret();
  void EnterPrivilege(uint8_t privilege);
  void Jump();

  const HartState& hart_;
  const x64::Thunks& thunks_;
  x86::Assembler a_;
  Label slow_;
};

// What UpdateDerivedState() does, the translation context being in rdx. That of fetches is the
// same.
void Maker::EnterPrivilege(uint8_t privilege) {
  a_.mov(State(hart_.privilege), privilege);
  x86::Mem space = State(hart_.space);
  space.setSize(1);  // the privilege
  a_.mov(space, privilege);
  static_assert(sizeof(hart_.data_context) == 1);
  a_.mov(State(hart_.data_context), x86::dl);
  a_.mov(State(hart_.fetch_context), x86::dl);
  static_assert(sizeof(TlbTables) == 24);
  a_.lea(x86::edx, x86::ptr(x86::rdx, x86::rdx, 1));
  const auto copy = [this](size_t offset, const x86::Mem& to) {
    x86::Mem from = State(hart_.tlb_tables);
    from.setSize(8);
    from.setIndex(x86::rdx, 3);
    from.addOffset(static_cast<int64_t>(offset));
    a_.mov(x86::rcx, from);
    a_.mov(to, x86::rcx);
  };
  copy(offsetof(TlbTables, load), State(hart_.load_tlb));
  copy(offsetof(TlbTables, store), State(hart_.store_tlb));
  copy(offsetof(TlbTables, mask), State(hart_.tlb_mask));
  a_.mov(State(hart_.reserved_va), asmjit::imm(-1));
  static_assert(HartState::kNoReservation == ~uint64_t{0});
  a_.mov(x86::rdx, State(hart_.native.jump_tables[privilege]));
  a_.mov(State(hart_.native.jump_table), x86::rdx);
}

// To the guest address in rax by the table in rdx.
void Maker::Jump() {
  const Label miss = a_.newLabel();
  x64::EmitTableJump(&a_, miss);
  a_.bind(miss);
  a_.mov(State(hart_.pc), x86::rax);
  a_.mov(x86::eax, static_cast<uint32_t>(x64::kIndirect));
  a_.jmp(asmjit::imm(reinterpret_cast<uint64_t>(thunks_.exit)));
}

// From U mode; its address is in rcx.
void Maker::Ecall() {
  const cpu::CsrValues& csr = hart_.csr;
  x86::Mem delegated = State(csr.medeleg);
  delegated.setSize(4);
  a_.test(delegated, 1 << cpu::kCauseEcallU);
  a_.jz(slow_);
  a_.mov(State(csr.sepc), x86::rcx);
  a_.mov(State(csr.scause), cpu::kCauseEcallU);
  a_.mov(State(csr.stval), 0);
  a_.add(State(hart_.stats.exceptions), 1);
  a_.mov(x86::rdx, State(csr.mstatus));
  static_assert(cpu::kMstatusSie << 4 == cpu::kMstatusSpie);
  a_.mov(x86::ecx, x86::edx);
  a_.and_(x86::ecx, static_cast<int32_t>(cpu::kMstatusSie));
  a_.shl(x86::ecx, 4);
  a_.and_(x86::rdx, ~static_cast<int32_t>(cpu::kMstatusSie | cpu::kMstatusSpie | cpu::kMstatusSpp));
  a_.or_(x86::rdx, x86::rcx);
  a_.mov(State(csr.mstatus), x86::rdx);
  // kSupervisorMode, or kSupervisorSum.
  static_assert(mem::Tlb::kSupervisorSum == mem::Tlb::kSupervisorMode + 1);
  static_assert(cpu::kMstatusSum == 1u << 18);
  a_.shr(x86::edx, 18);
  a_.and_(x86::edx, 1);
  a_.add(x86::edx, static_cast<int32_t>(mem::Tlb::kSupervisorMode));
  EnterPrivilege(cpu::kSupervisor);
  a_.mov(x86::rax, State(csr.stvec));
  a_.and_(x86::rax, -4);
  Jump();
}

// From S to U mode.
void Maker::Sret() {
  const cpu::CsrValues& csr = hart_.csr;
  a_.mov(x86::rdx, State(csr.mstatus));
  a_.test(x86::edx, static_cast<int32_t>(cpu::kMstatusTsr | cpu::kMstatusSpp));
  a_.jnz(slow_);
  a_.mov(x86::rcx, State(hart_.lines));
  a_.or_(x86::rcx, State(hart_.mip_software));
  a_.test(State(csr.mie), x86::rcx);
  a_.jnz(slow_);
  a_.mov(x86::ecx, x86::edx);
  a_.shr(x86::ecx, 4);
  a_.and_(x86::ecx, static_cast<int32_t>(cpu::kMstatusSie));
  a_.and_(x86::rdx, ~static_cast<int32_t>(cpu::kMstatusSie));
  a_.or_(x86::rdx, x86::rcx);
  a_.or_(x86::rdx, static_cast<int32_t>(cpu::kMstatusSpie));
  a_.mov(State(csr.mstatus), x86::rdx);
  static_assert(mem::Tlb::kUserMode == 0);
  a_.xor_(x86::edx, x86::edx);
  EnterPrivilege(cpu::kUser);
  a_.mov(x86::rax, State(csr.sepc));
  Jump();
}

void Maker::Make(x64::CodeArena* arena, x64::Thunks* thunks) {
  asmjit::CodeHolder code;
  LOCKSTEP_CHECK(code.init(asmjit::Environment::host()) == asmjit::kErrorOk);
  LOCKSTEP_CHECK(code.attach(&a_) == asmjit::kErrorOk);
  const Label ecall = a_.newLabel(), sret = a_.newLabel();
  slow_ = a_.newLabel();
  a_.bind(ecall);
  Ecall();
  a_.align(asmjit::AlignMode::kCode, 16);
  a_.bind(sret);
  Sret();
  // The site is in rax still; it is called, but never comes back.
  a_.bind(slow_);
  a_.sub(x86::rsp, 8);
  a_.jmp(asmjit::imm(reinterpret_cast<uint64_t>(thunks_.interpret)));
  uint8_t* base = arena->Add(&code);
  LOCKSTEP_CHECK(base != nullptr) << "no room for thunks";
  const auto at = [thunks](SystemWay way) -> const uint8_t*& {
    return thunks->special[static_cast<size_t>(way)];
  };
  at(SystemWay::kUserEcall) = base + code.labelOffset(ecall);
  at(SystemWay::kSupervisorSret) = base + code.labelOffset(sret);
}

}  // namespace

void MakeSystemCode(const HartState& hart, x64::CodeArena* arena, x64::Thunks* thunks) {
  Maker(hart, *thunks).Make(arena, thunks);
}

}  // namespace lockstep::jit
