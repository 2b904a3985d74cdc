#include "tests/random/recorder.h"

#include <utility>

#include "emulator/base/check.h"

namespace lockstep::testing {
namespace {

constexpr uint64_t kSlots = 64;

}  // namespace

Recorder::Recorder(bool has_ring, uint64_t seed)
    : has_ring_(has_ring), random_(seed), slots_(kSlots) {
  writer_.ring = slots_.data();
  writer_.mask = kSlots - 1;
  writer_.written = &written_;
}

observe::Observer::Inline Recorder::InlineOf(uint32_t) {
  if (!has_ring_) return {};
  return {&writer_, 0xf, &entered_icount_};
}

void Recorder::Drain() {
  LOCKSTEP_CHECK(written_ == writer_.head && writer_.head - tail_ <= kSlots);
  for (; tail_ < writer_.head; ++tail_) {
    const lockstep_slot& slot = slots_[tail_ & writer_.mask];
    if (slot.word0 & LOCKSTEP_CONTROL_BIT) {
      LOCKSTEP_CHECK(slot.word0 ==
                     (LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_GROUP << 16 | LOCKSTEP_MEM));
      LOCKSTEP_CHECK(slot.word1 == 0);
      digests_[LOCKSTEP_MEM] = slot.value;
      continue;
    }
    ++records_;
    Entry& entry = entries_.emplace_back();
    entry.pc = pcs_.at(slot.word0);
    entry.icount = slot.word1;  // the tests are short
    entry.digests = digests_;
    entry.digests[LOCKSTEP_GPR] = slot.value;
  }
}

void Recorder::BlockTranslated(uint32_t, const observe::BlockView& block) {
  Drain();
  pcs_[block.id] = block.pc;
}

void Recorder::BlockEntered(uint32_t, uint32_t id, uint64_t icount,
                            const observe::Digests& digests) {
  Drain();
  digests_ = digests;
  for (size_t group = 0; group < digests.size(); ++group) writer_.groups[group] = digests[group];
  entries_.push_back({pcs_.at(id), icount, digests});
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
