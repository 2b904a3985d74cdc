#include "coordinator/align/skew_testing.h"

#include <utility>

namespace lockstep::align::testing {
namespace {

constexpr uint64_t kHandlersPc = 0x80200000;

uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t x = (a ^ (b * 0x9e3779b97f4a7c15u)) + 0xd1b54a32d192ed03u;
  x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9u;
  return x ^ (x >> 32);
}

class Machine {
 public:
  explicit Machine(Execution* execution) : execution_(*execution) {}

  // One instruction begins.
  void Step(uint64_t pc, uint64_t gpr, uint64_t store) {
    Point point;
    point.pc = pc;
    point.digests = {gpr, 7, csr_, mem_};
    point.traps = std::exchange(traps_, {});
    execution_.points.push_back(point);
    mem_ += store;
  }

  void Trap(bool interrupt, uint64_t cause, uint64_t epc) {
    const uint64_t icount = execution_.points.size();
    traps_.push_back(interrupt ? Interrupt(icount, cause, epc) : Exception(icount, cause, epc, 0));
    csr_ = Mix(epc, interrupt ? 1000 + cause : cause);
  }

  void Take(const Excursion& excursion, uint64_t pc, uint64_t gpr) {
    Trap(true, excursion.cause, pc);
    uint64_t at = kHandlersPc + 0x1000 * excursion.cause;
    size_t nested = 0;
    for (uint64_t k = 0; k < excursion.length; ++k) {
      const uint64_t own = k == 0 ? gpr : Mix(gpr, Mix(excursion.seed, k));
      for (; nested < excursion.nested.size() && excursion.nested[nested].at == k; ++nested) {
        Take(excursion.nested[nested], at, own);
      }
      Step(at, own, k % 3 == 0 ? Mix(gpr, k) : 0);
      at = Mix(excursion.seed, k) % 4 == 0
               ? kHandlersPc + 0x1000 * excursion.cause + 2 * (Mix(excursion.seed, k) % 512)
               : at + 4;
    }
    csr_ = Mix(pc, 2000);  // the pc that was interrupted stays visible
  }

  uint64_t icount() const { return execution_.points.size(); }

 private:
  Execution& execution_;
  uint64_t csr_ = 1;
  uint64_t mem_ = 5;
  std::vector<state::Event> traps_;
};

}  // namespace

Code RandomCode(uint64_t insns, Rng& rng) {
  Code code;
  uint64_t pc = kResetPc;
  uint64_t gpr = rng();
  for (uint64_t c = 0; c <= insns; ++c) {
    Code::Insn insn{pc, gpr, rng() % 3 == 0 ? rng() : 0, c != 0 && rng() % 40 == 0};
    if (insn.raises) insn.pc = pc = 0x80100000;
    code.insns.push_back(insn);
    pc = rng() % 6 == 0 ? kResetPc + 2 * (rng() % 64) : pc + 4;
    gpr = rng();
  }
  return code;
}

Execution Run(const Code& code, const std::vector<Excursion>& excursions,
              std::vector<uint64_t>* places) {
  Execution execution;
  Machine machine(&execution);
  size_t next = 0;
  for (uint64_t c = 0; c < code.insns.size(); ++c) {
    const Code::Insn& insn = code.insns[c];
    if (insn.raises) machine.Trap(false, 13, 0x90000000 + c);
    for (; next < excursions.size() && excursions[next].at == c; ++next) {
      machine.Take(excursions[next], insn.pc, insn.gpr);
    }
    if (places != nullptr) places->push_back(machine.icount());
    machine.Step(insn.pc, insn.gpr, insn.store);
  }
  execution.console_digest = 11;
  return execution;
}

}  // namespace lockstep::align::testing
