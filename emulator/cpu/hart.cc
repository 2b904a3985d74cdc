#include "emulator/cpu/hart.h"

#include <algorithm>
#include <bit>

#include "emulator/base/check.h"
#include "emulator/cpu/csr.h"
#include "emulator/cpu/hart_group.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/cpu/memory.h"
#include "emulator/cpu/registers.h"
#include "emulator/interp/engine.h"
#include "emulator/jit/native.h"

namespace lockstep::cpu {
namespace {

// Interrupt lines that a device may drive.
constexpr uint64_t kLines = kMipMsip | kMipStip | kMipMtip | kMipSeip | kMipMeip;

class InterpretedHart : public Hart {
 public:
  InterpretedHart(const HartConfig& config, Bus* bus, TimeSource* time) : engine_(&state_) {
    state_.config = config;
    state_.bus = bus;
    state_.time = time;
    // The fast compare needs two.
    state_.tlb =
        std::make_unique<mem::Tlb>(std::max(config.tlb_entries, 2u),
                                   std::max(config.max_tlb_entries, 2u), config.victim_entries);
    if (config.engine == Engine::kJit) {
      auto native = jit::MakeNative(&state_, config.jit);
      LOCKSTEP_CHECK(native.ok()) << native.status().message();
      engine_.UseNative(*std::move(native));
    }
    if (config.group != nullptr) config.group->Join(&state_);
    Reset(0);
  }

  void Reset(uint64_t pc) override {
    HartState fresh;
    fresh.config = state_.config;
    fresh.bus = state_.bus;
    fresh.time = state_.time;
    fresh.observer = state_.observer;
    fresh.code = state_.code;
    fresh.jump_cache = state_.jump_cache;
    fresh.lines = state_.lines;
    fresh.tlb = std::move(state_.tlb);
    fresh.map_epoch = state_.map_epoch;
    DropTranslations(fresh);
    fresh.pmp.set_present(state_.config.model.has_pmp);
    fresh.pc = pc;
    // Width of S and U mode: 64 bits.
    fresh.csr.mstatus = uint64_t{2} << 32 | uint64_t{2} << 34;
    // What counts since power-on goes on.
    fresh.icount = state_.icount;
    fresh.runtime_faults = state_.runtime_faults;
    fresh.stats = state_.stats;
    const uint64_t stored = state_.digest.groups()[kGroupMem];
    state_ = std::move(fresh);
    UpdateTlbTables(state_);
    UpdateDerivedState(state_);
    if (state_.config.digests) state_.digest.Enable(state_, stored);
    engine_.Restart(step_);
  }

  RunStop Run(uint64_t limit_icount) override { return engine_.Run(limit_icount); }
  void BeginTurn() override {
    if (state_.config.group != nullptr) state_.config.group->BeginTurn(state_);
  }
  void RequestYield() override { state_.attention |= kAttendYield; }

  void SetInterruptLines(uint64_t mask, uint64_t levels) override {
    LOCKSTEP_CHECK((mask & ~kLines) == 0) << "interrupt lines " << mask;
    const auto merge = [mask, levels](uint64_t old, uint64_t bits) {
      return (old & ~(mask & bits)) | (levels & mask & bits);
    };
    const uint64_t lines = merge(state_.lines, ~kMipStip);
    const uint64_t software = merge(state_.mip_software, kMipStip);
    if (lines == state_.lines && software == state_.mip_software) return;
    state_.lines = lines;
    state_.mip_software = software;
    state_.attention |= kAttendInterrupt;
  }
  bool WakePending() const override { return (state_.mip() & state_.csr.mie) != 0; }

  uint64_t icount() const override { return state_.Begun(); }
  uint64_t ran_insns() const override { return state_.Ran(); }

  void SetObserver(observe::Observer* observer, bool step) override {
    state_.observer = observer;
    step_ = step;
    engine_.Restart(step);
  }
  observe::Digests digests() const override {
    if (!state_.digest.enabled()) return {};
    return RecomputeDigests(state_);
  }
  std::vector<uint64_t> Registers() const override { return RegisterValues(state_); }

  uint64_t pc() const override { return state_.pc; }
  uint64_t x(int number) const override { return state_.x[CheckedRegister(number)]; }
  void set_x(int number, uint64_t value) override {
    if (CheckedRegister(number) == 0) return;
    state_.x[number] = value;
    if (state_.digest.enabled()) state_.digest.GprsWritten(state_.x, 1u << number);
  }
  Stats stats() const override { return state_.stats; }
  InsnCounts insn_counts() const override { return engine_.insn_counts(); }
  void InvalidateCode(uint64_t pa, uint64_t size_bytes) override {
    engine_.Invalidate(pa, size_bytes);
    if (state_.config.group != nullptr) state_.config.group->DeviceWrote(state_, pa, size_bytes);
  }

 private:
  static int CheckedRegister(int number) {
    LOCKSTEP_CHECK(number >= 0 && number < 32) << "register x" << number;
    return number;
  }

  HartState state_;
  interp::Engine engine_;
  bool step_ = false;
};

}  // namespace

absl::Status Hart::Check(const HartConfig& config) {
  return config.engine == Engine::kJit ? jit::CheckHost() : absl::OkStatus();
}

std::unique_ptr<Hart> Hart::Create(const HartConfig& config, Bus* bus, TimeSource* time) {
  LOCKSTEP_CHECK(config.max_block_insns >= 1 && config.max_block_insns <= 65535)
      << "max_block_insns " << config.max_block_insns;
  LOCKSTEP_CHECK(std::has_single_bit(config.tlb_entries) && config.tlb_entries <= 65536)
      << "tlb_entries " << config.tlb_entries;
  LOCKSTEP_CHECK(std::has_single_bit(config.max_tlb_entries) && config.max_tlb_entries <= 65536 &&
                 config.tlb_entries <= config.max_tlb_entries)
      << "max_tlb_entries " << config.max_tlb_entries;
  LOCKSTEP_CHECK(config.victim_entries <= 64) << "victim_entries " << config.victim_entries;
  LOCKSTEP_CHECK(bus != nullptr && time != nullptr);
  return std::make_unique<InterpretedHart>(config, bus, time);
}

std::shared_ptr<HartGroup> Hart::MakeGroup() { return std::make_shared<HartGroup>(); }

const std::vector<std::string>& Hart::RegisterNames() { return RegisterNameList(); }

std::vector<std::string> Hart::RegisterNames(const DigestRules& rules) {
  return RegisterNameList(rules);
}

absl::StatusOr<DigestRules> Hart::ResolveRules(const struct lockstep_rules& rules) {
  return cpu::ResolveRules(rules);
}

}  // namespace lockstep::cpu
