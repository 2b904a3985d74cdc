#include "coordinator/align/deskew.h"

#include <algorithm>
#include <utility>

#include "coordinator/align/deskew_lane.h"

namespace lockstep::align {

Deskewer::Deskewer(const Options& options) : options_(options) {
  for (size_t i = 0; i < options_.instances.size(); ++i) {
    lanes_.push_back(std::make_unique<Lane>(options_));
  }
}

Deskewer::~Deskewer() = default;

absl::Status Deskewer::Push(size_t instance, state::Batch batch) {
  return lanes_[instance]->Push(std::move(batch));
}

void Deskewer::Close(size_t instance) { lanes_[instance]->Close(); }

void Deskewer::Drop(size_t instance) {
  lanes_[instance]->Drop();
  unmatched_.reset();
}

std::optional<Stream::Input> Deskewer::Pop(size_t instance) { return lanes_[instance]->Pop(); }

uint64_t Deskewer::Promise(size_t instance) const { return lanes_[instance]->position(); }

bool Deskewer::Exhausted(size_t instance) const { return lanes_[instance]->exhausted(); }

void Deskewer::FillStats(size_t instance, StreamStats* stats) const {
  lanes_[instance]->FillStats(stats);
}

void Deskewer::SetTrouble(size_t instance, std::string reason) {
  if (!trouble_) trouble_ = Trouble{instance, std::move(reason)};
}

void Deskewer::Forward() {
  while (!trouble_ && !unmatched_ && Step()) {
  }
}

// What comes next of all streams, by the rewritten count.
bool Deskewer::Step() {
  starved_.clear();
  uint64_t at = UINT64_MAX;
  std::vector<size_t>& active = active_;
  active.clear();
  for (size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = *lanes_[i];
    if (lane.dropped() || lane.finished()) continue;
    lane.Resolve();
    if (lane.trouble()) {
      SetTrouble(i, *lane.trouble());
      return false;
    }
    active.push_back(i);
    at = std::min(at, lane.position());
  }
  if (active.empty()) return false;
  for (size_t i : active) {
    if (lanes_[i]->position() == at && !lanes_[i]->ready()) starved_.push_back(i);
  }
  if (!starved_.empty()) return false;
  const bool open =
      std::any_of(active.begin(), active.end(), [&](size_t i) { return lanes_[i]->open(); });
  for (size_t i : active) lanes_[i]->SetAnyOpen(open);
  for (size_t i : active) {
    if (lanes_[i]->position() == at && lanes_[i]->NextInterrupt()) return TakeInterrupt(at, i);
  }
  for (size_t i : active) {
    if (lanes_[i]->position() == at) lanes_[i]->Emit();
  }
  return true;
}

// Instance `first` takes an interrupt at the rewritten count `at`.
bool Deskewer::TakeInterrupt(uint64_t at, size_t first) {
  if (const size_t traps = lanes_[first]->TrapsBeforeInterrupt(); traps != 0) {
    for (size_t i : active_) {
      if (lanes_[i]->position() == at) lanes_[i]->EmitExceptions(traps);
    }
    return true;
  }
  const uint64_t cause = lanes_[first]->event(*lanes_[first]->NextInterrupt()).fields[0];
  std::vector<Found> found(lanes_.size());
  bool missing = false, ends = false, moved = false;
  uint64_t span = 0;
  for (size_t i : active_) {
    Lane& lane = *lanes_[i];
    do {
      found[i] = lane.Find(cause, at, options_.async_skew_insns);
    } while (found[i].what == Found::What::kUnknown && lane.Refill());
    switch (found[i].what) {
      case Found::What::kUnknown:
        if (lane.broken()) {
          SetTrouble(i, *lane.broken());
          return false;
        }
        starved_.push_back(i);
        break;
      case Found::What::kNot:
        missing = true;
        break;
      case Found::What::kEnds:
        ends = true;
        break;
      case Found::What::kHere:
        span = std::max(span, found[i].distance);
        moved = moved || found[i].moved;
        break;
    }
  }
  if (!starved_.empty()) return false;
  std::vector<std::optional<uint64_t>> epcs(lanes_.size()), icounts(lanes_.size());
  for (size_t i : active_) {
    if (found[i].what != Found::What::kHere) continue;
    epcs[i] = lanes_[i]->Epc(found[i]);
    icounts[i] = lanes_[i]->OwnIcount(found[i]);
  }
  if (missing) {
    unmatched_ = Unmatched{at, cause, std::move(epcs)};
    return false;
  }
  if (ends) {
    TakeWithoutEnded(at, cause, found);
    return true;
  }
  if (moved) Count(cause, span, std::move(icounts));
  for (size_t i : active_) {
    if (moved) {
      lanes_[i]->Enter(found[i], at);
    } else {
      lanes_[i]->EmitEvents(found[i].event);
    }
  }
  return true;
}

// Some streams end within the tolerance, before they took the interrupt.
void Deskewer::TakeWithoutEnded(uint64_t at, uint64_t cause, const std::vector<Found>& found) {
  const bool by_limit = std::any_of(active_.begin(), active_.end(), [&](size_t i) {
    return found[i].what == Found::What::kEnds && lanes_[i]->ends_by_limit();
  });
  if (by_limit) {
    // Where the others would be at the limit is of no account: all are compared up to here.
    cut_at_ = at;
    for (size_t i : active_) lanes_[i]->Cut(at);
    return;
  }
  std::vector<std::optional<uint64_t>> icounts(lanes_.size());
  for (size_t i : active_) {
    const Found& here = found[i];
    if (here.what != Found::What::kHere || here.moved) continue;
    icounts[i] = lanes_[i]->OwnIcount(here);
    lanes_[i]->LeaveOut(here.event);
  }
  Count(cause, 0, std::move(icounts));
}

void Deskewer::Count(uint64_t cause, uint64_t distance,
                     std::vector<std::optional<uint64_t>> icounts) {
  ++skews_.count;
  skews_.max_insns = std::max(skews_.max_insns, distance);
  if (skews_.list.size() < report::kMaxListedSkews) {
    skews_.list.push_back({options_.vcpu, cause, distance, std::move(icounts)});
  }
}

}  // namespace lockstep::align
