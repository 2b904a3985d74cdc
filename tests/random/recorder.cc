#include "tests/random/recorder.h"

#include <algorithm>
#include <utility>

#include "emulator/base/check.h"

namespace lockstep::testing {
namespace {

constexpr uint64_t kSlots = 64;
constexpr uint32_t kRunBlocks = 1000;

}  // namespace

Recorder::Recorder(bool has_ring, uint64_t seed, bool has_runs)
    : has_ring_(has_ring), has_runs_(has_runs), random_(seed), slots_(kSlots), run_(kRunBlocks) {
  writer_.ring = slots_.data();
  writer_.mask = kSlots - 1;
  writer_.written = &written_;
  run_at_ = reinterpret_cast<uint64_t>(run_.data());
}

observe::Observer::Inline Recorder::InlineOf(uint32_t) {
  if (!has_ring_) return {};
  return {&writer_, 0xf, &entered_icount_, has_runs_ ? &run_at_ : nullptr};
}

uint32_t Recorder::OpenRun(uint32_t, uint64_t icount, uint32_t n_blocks) {
  Drain();
  LOCKSTEP_CHECK(n_blocks > 0 && icount + blocks_.at(last_id_).n_insns == next_icount_);
  return std::min<uint32_t>(n_blocks, 1 + static_cast<uint32_t>(random_ >> 33) % kRunBlocks);
}

void Recorder::DrainRun() {
  const uint64_t begin = reinterpret_cast<uint64_t>(run_.data());
  const size_t n = (run_at_ - begin) / sizeof(uint32_t);
  LOCKSTEP_CHECK(n <= kRunBlocks);
  run_at_ = begin;
  for (size_t i = 0; i < n; ++i) {
    ++records_;
    const Known& known = blocks_.at(run_[i]);
    entries_.push_back({known.pc, next_icount_, {}});
    next_icount_ += known.n_insns;
    last_id_ = run_[i];
  }
}

void Recorder::AddRecord(const lockstep_slot& slot) {
  if (slot.word0 & LOCKSTEP_CONTROL_BIT) {
    const uint32_t group = slot.word0 & 0xffff;
    LOCKSTEP_CHECK(slot.word0 == (LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_GROUP << 16 | group));
    LOCKSTEP_CHECK(slot.word1 == 0 && (group == LOCKSTEP_FPR || group == LOCKSTEP_MEM));
    digests_[group] = slot.value;
    return;
  }
  ++records_;
  Entry& entry = entries_.emplace_back();
  entry.pc = blocks_.at(slot.word0).pc;
  entry.icount = slot.word1;  // the tests are short
  entry.digests = digests_;
  entry.digests[LOCKSTEP_GPR] = slot.value;
}

void Recorder::Drain() {
  LOCKSTEP_CHECK(written_ == writer_.head && writer_.head - tail_ <= kSlots);
  LOCKSTEP_CHECK(!has_runs_ || tail_ == writer_.head) << "a record where there are runs";
  for (; tail_ < writer_.head; ++tail_) AddRecord(slots_[tail_ & writer_.mask]);
  DrainRun();
}

void Recorder::BlockTranslated(uint32_t, const observe::BlockView& block) {
  Drain();
  blocks_[block.id] = {block.pc, block.offsets.size()};
}

void Recorder::BlockEntered(uint32_t, uint32_t id, uint64_t icount,
                            const observe::Digests& digests) {
  Drain();
  digests_ = digests;
  for (size_t group = 0; group < digests.size(); ++group) writer_.groups[group] = digests[group];
  entries_.push_back({blocks_.at(id).pc, icount, digests});
  last_id_ = id;
  next_icount_ = icount + blocks_.at(id).n_insns;
  random_ = random_ * 6364136223846793005 + 1442695040888963407;
  writer_.limit = writer_.head + (random_ >> 33) % kSlots;
}

// A trap or a fill belongs to the block that was entered last.
void Recorder::Event(uint32_t, observe::EventKind, uint64_t, std::span<const uint64_t>) { Drain(); }

std::vector<Recorder::Entry> Recorder::Take() {
  Drain();
  return std::exchange(entries_, {});
}

}  // namespace lockstep::testing
