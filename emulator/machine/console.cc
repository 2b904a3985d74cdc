#include "emulator/machine/console.h"

#include <algorithm>
#include <utility>

namespace lockstep::machine {

using devices::kNeverNs;

Console::Console(Config config) : config_(std::move(config)) {}

void Console::Attach(const devices::Clock* clock, devices::Uart16550* uart) {
  clock_ = clock;
  uart_ = uart;
  AdvanceScript();
}

void Console::PutByte(uint8_t byte) {
  digest_ = (digest_ ^ byte) * 0x100000001b3;
  ++bytes_printed_;
  if (config_.output) config_.output(byte);
  if (step_ >= config_.script.size()) return;
  const ScriptStep& step = config_.script[step_];
  if (step.kind != ScriptStep::Kind::kExpect) return;
  seen_ += static_cast<char>(byte);
  if (seen_.size() > step.text.size()) seen_.erase(0, seen_.size() - step.text.size());
  if (seen_ != step.text) return;
  seen_.clear();
  ++step_;
  AdvanceScript();
}

void Console::AdvanceScript() {
  while (step_ < config_.script.size()) {
    const ScriptStep& step = config_.script[step_];
    if (step.kind == ScriptStep::Kind::kExpect) return;
    if (step.kind == ScriptStep::Kind::kDelay) {
      delay_deadline_ns_ = clock_->NowNs() + (step.delay_insns << config_.icount_shift);
      return;
    }
    for (char c : step.text) queue_.push_back(static_cast<uint8_t>(c));
    ++step_;
    ScheduleInput();
  }
}

void Console::ScheduleInput() {
  if (queue_.empty() || input_deadline_ns_ != kNeverNs || !uart_->ReadyForInput()) return;
  input_deadline_ns_ = clock_->NowNs() + (kInputGapInsns << config_.icount_shift);
}

uint64_t Console::DeadlineNs() const { return std::min(delay_deadline_ns_, input_deadline_ns_); }

void Console::OnDeadline() {
  uint64_t now_ns = clock_->NowNs();
  if (delay_deadline_ns_ <= now_ns) {
    delay_deadline_ns_ = kNeverNs;
    ++step_;
    AdvanceScript();
  }
  if (input_deadline_ns_ > now_ns) return;
  input_deadline_ns_ = kNeverNs;
  // The guest may have switched to loopback meanwhile: then the byte waits for the next change.
  if (!uart_->ReadyForInput()) return;
  uint8_t byte = queue_.front();
  queue_.pop_front();
  uart_->Receive(byte);
  if (on_input_) on_input_(byte);
  ScheduleInput();
}

bool Console::PollLive(int wait_ms) {
  if (!MayGetLiveInput()) return false;
  std::string bytes = config_.live->Take(wait_ms);
  for (char c : bytes) queue_.push_back(static_cast<uint8_t>(c));
  ScheduleInput();
  return !bytes.empty();
}

const ScriptStep* Console::PendingStep() const {
  return step_ < config_.script.size() ? &config_.script[step_] : nullptr;
}

}  // namespace lockstep::machine
