#include "emulator/observe/ring_observer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lockstep::observe {
namespace {

constexpr uint32_t kAllGroups =
    1u << LOCKSTEP_GPR | 1u << LOCKSTEP_FPR | 1u << LOCKSTEP_CSR | 1u << LOCKSTEP_MEM;
constexpr uint32_t kAbilities = LOCKSTEP_ABILITY_STEP | LOCKSTEP_ABILITY_REGISTERS |
                                LOCKSTEP_ABILITY_LAYOUT | LOCKSTEP_ABILITY_TLB_EVENTS |
                                LOCKSTEP_ABILITY_WINDOWS | LOCKSTEP_ABILITY_TRAPS |
                                LOCKSTEP_ABILITY_MASKS | LOCKSTEP_ABILITY_RANGES;
constexpr size_t kConsoleBytes = 256;  // longest console record

absl::Status Unusable(int error) {
  return absl::FailedPreconditionError(
      absl::StrCat(LOCKSTEP_RING_ENV, ": cannot use the ring that it names (",
                   std::strerror(-error), "); start the emulator through `lockstep run`"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RingObserver>> RingObserver::Open(const std::string& producer,
                                                                 uint32_t harts,
                                                                 lockstep_engine engine) {
  lockstep_open_params params = {};
  params.producer = producer.c_str();
  params.guest_arch = "riscv64";
  params.vcpus = harts;
  params.groups = kAllGroups;
  params.abilities = kAbilities;
  params.engine = engine;
  lockstep_producer* handle = nullptr;
  const int error = lockstep_open(&params, &handle);
  if (error == -ENOENT) return std::unique_ptr<RingObserver>();
  if (error != 0) return Unusable(error);
  return std::unique_ptr<RingObserver>(new RingObserver(handle, harts));
}

RingObserver::RingObserver(lockstep_producer* producer, uint32_t harts)
    : producer_(producer),
      groups_(lockstep_request(producer)->groups & kAllGroups & ~(1u << LOCKSTEP_GPR)) {
  for (uint32_t hart = 0; hart < harts; ++hart) {
    harts_.push_back({lockstep_writer(producer, hart)});
  }
}

absl::Status RingObserver::DeclareRegisters(const std::vector<std::string>& names) {
  std::vector<const char*> pointers;
  for (const std::string& name : names) pointers.push_back(name.c_str());
  for (uint32_t hart = 0; hart < harts_.size(); ++hart) {
    const int error = lockstep_register_names(producer_, hart, pointers.data(),
                                              static_cast<uint32_t>(pointers.size()));
    if (error != 0) return Unusable(error);
  }
  return absl::OkStatus();
}

RingObserver::~RingObserver() { lockstep_close(producer_); }

void RingObserver::BlockTranslated(uint32_t hart, const BlockView& block) {
  lockstep_block info = {};
  info.id = block.id;
  info.pc = block.pc;
  info.space = block.space;
  info.n_insns = static_cast<uint32_t>(block.offsets.size());
  info.offsets = block.offsets.data();
  info.code = block.code.data();
  info.n_code = static_cast<uint32_t>(block.code.size());
  lockstep_block_info(producer_, hart, &info);
}

Observer::Inline RingObserver::InlineOf(uint32_t hart) {
  const bool sums = takes_sums();
  return {lockstep_writer(producer_, hart),
          request().groups,
          &harts_[hart].entered_icount,
          sums ? nullptr : lockstep_run_at(producer_, hart),
          sums,
          sums && request().digest_at == LOCKSTEP_DIGEST_AT_BLOCK};
}

void RingObserver::Sum(uint32_t hart, uint64_t icount, uint32_t n_insns, uint64_t flow,
                       uint64_t written) {
  lockstep_sum(producer_, hart, icount, n_insns, flow, written);
}

uint32_t RingObserver::OpenRun(uint32_t hart, uint64_t icount, uint32_t n_blocks) {
  return lockstep_open_run(producer_, hart, icount, n_blocks);
}

void RingObserver::BlockEntered(uint32_t hart, uint32_t id, uint64_t icount,
                                const Digests& digests) {
  Hart& state = harts_[hart];
  for (lockstep_group group : {LOCKSTEP_FPR, LOCKSTEP_CSR, LOCKSTEP_MEM}) {
    if ((groups_ & 1u << group) == 0 || digests[group] == state.writer->groups[group]) continue;
    lockstep_set_group(producer_, hart, group, digests[group]);
  }
  state.entered_icount = icount;
  lockstep_enter(producer_, hart, id, icount, digests[LOCKSTEP_GPR]);
}

void RingObserver::Event(uint32_t hart, EventKind kind, uint64_t icount,
                         std::span<const uint64_t> fields) {
  lockstep_event(producer_, hart, static_cast<lockstep_event_kind>(kind), icount, fields.data(),
                 static_cast<uint32_t>(fields.size()));
}

void RingObserver::Registers(uint32_t hart, uint64_t icount, std::span<const uint64_t> values) {
  lockstep_registers(producer_, hart, icount, values.data(), static_cast<uint32_t>(values.size()));
}

void RingObserver::TurnBegins(uint32_t hart, uint64_t others_insns) {
  lockstep_set_step_base(producer_, hart, others_insns);
}

void RingObserver::ConsoleByte(uint32_t hart, uint64_t icount, uint8_t byte) {
  if (hart != console_hart_) SendConsole();
  console_hart_ = hart;
  console_ += static_cast<char>(byte);
  console_icount_ = icount;
  if (byte == '\n' || console_.size() == kConsoleBytes) SendConsole();
}

void RingObserver::SendConsole() {
  if (console_.empty()) return;
  // An unfinished line may have waited over later blocks: a record belongs to the current one.
  console_icount_ = std::max(console_icount_, harts_[console_hart_].entered_icount);
  lockstep_console(producer_, console_hart_, console_icount_, console_.data(), console_.size());
  console_.clear();
}

void RingObserver::Flush() {
  SendConsole();
  for (uint32_t hart = 0; hart < harts_.size(); ++hart) lockstep_flush(producer_, hart);
}

void RingObserver::End(uint32_t hart, const EndState& end) {
  SendConsole();
  struct lockstep_end record = {};
  record.reason = end.reason;
  record.icount = end.icount;
  record.step = end.step;
  for (size_t group = 0; group < end.digests.size(); ++group) {
    record.digests[group] = end.digests[group];
  }
  record.console_digest = end.console_digest;
  record.exit_code = end.exit_code;
  record.text = end.text.empty() ? nullptr : end.text.c_str();
  lockstep_end(producer_, hart, &record);
}

}  // namespace lockstep::observe
