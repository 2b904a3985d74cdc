#include "emulator/machine/console.h"

#include <algorithm>
#include <utility>

namespace lockstep::machine {

using devices::kNeverNs;

Console::Console(Config config) : config_(std::move(config)) {}

void Console::Attach(const devices::Clock* clock, devices::InputPort* port) {
  clock_ = clock;
  port_ = port;
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
    queue_.insert(queue_.end(), step.text.begin(), step.text.end());
    ++step_;
    ScheduleInput();
  }
}

void Console::ScheduleInput() {
  if (queue_.empty() || input_deadline_ns_ != kNeverNs || !port_->ReadyForInput()) return;
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
  // The guest may have switched to loopback meanwhile: then input waits for the next change.
  if (!port_->ReadyForInput()) return;
  const std::span<const uint8_t> waiting = std::span(queue_).subspan(n_taken_);
  const size_t n_bytes = port_->TakeInput(waiting);
  if (n_bytes == 0) return;  // until the guest has put its port in order
  if (on_input_) on_input_(waiting.first(n_bytes));
  n_taken_ += n_bytes;
  if (n_taken_ == queue_.size()) {
    queue_.clear();
    n_taken_ = 0;
  }
  ScheduleInput();
}

bool Console::PollLive(int wait_ms) {
  if (!MayGetLiveInput()) return false;
  std::string bytes = config_.live->Take(wait_ms);
  queue_.insert(queue_.end(), bytes.begin(), bytes.end());
  ScheduleInput();
  return !bytes.empty();
}

const ScriptStep* Console::PendingStep() const {
  return step_ < config_.script.size() ? &config_.script[step_] : nullptr;
}

}  // namespace lockstep::machine
