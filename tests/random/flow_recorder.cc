#include "tests/random/flow_recorder.h"

#include "emulator/base/check.h"
#include "plugins/sdk/lockstep_digest.h"

namespace lockstep::testing {

observe::Observer::Inline FlowRecorder::InlineOf(uint32_t) {
  if (mode_ == Mode::kBlocks) return {};
  return {&writer_, 0xf, &entered_icount_, nullptr, true, mode_ == Mode::kSumsOfValues};
}

void FlowRecorder::BlockTranslated(uint32_t, const observe::BlockView& block) {
  known_[block.id] = {block.pc, {block.offsets.begin(), block.offsets.end()}};
}

uint64_t FlowRecorder::FlowAt(uint64_t icount) {
  if (blocks_told_ + sums_told_ == 0) icount_ = icount;  // it may be attached later
  LOCKSTEP_CHECK(icount - icount_ <= current_.offsets.size())
      << icount << " is not in what began at " << icount_;
  for (uint64_t i = 0; i < icount - icount_; ++i) {
    flow_ = flow_ * LOCKSTEP_FLOW_G + lockstep_flow_term(current_.pc + current_.offsets[i]);
  }
  current_ = {};
  icount_ = icount;
  return flow_;
}

void FlowRecorder::BlockEntered(uint32_t, uint32_t id, uint64_t icount, const observe::Digests&) {
  FlowAt(icount);
  current_ = known_.at(id);
  ++blocks_told_;
}

void FlowRecorder::Sum(uint32_t, uint64_t icount, uint32_t n_insns, uint64_t flow,
                       uint64_t written) {
  LOCKSTEP_CHECK(mode_ != Mode::kBlocks);
  FlowAt(icount);
  flow_ = flow_ * lockstep_power(LOCKSTEP_FLOW_G, n_insns) + flow;
  icount_ = icount + n_insns;
  written_ += written;
  ++sums_told_;
}

// Stands right behind what began before it.
void FlowRecorder::Event(uint32_t, observe::EventKind kind, uint64_t icount,
                         std::span<const uint64_t>) {
  if (kind == observe::EventKind::kException || kind == observe::EventKind::kInterrupt) {
    FlowAt(icount);
  }
}

}  // namespace lockstep::testing
