#include "emulator/devices/plic/plic.h"

#include <utility>

namespace lockstep::devices {
namespace {

constexpr uint64_t kPriorityBase = 0x4;  // of source 1
constexpr uint64_t kPendingBase = 0x1000;
constexpr uint64_t kEnableBase = 0x2000;
constexpr uint64_t kEnableStride = 0x80;
constexpr uint64_t kContextBase = 0x200000;
constexpr uint64_t kContextStride = 0x1000;

// What a register offset means.
struct Place {
  enum Kind { kNone, kPriority, kPending, kEnable, kThreshold, kClaim } kind = kNone;
  size_t index = 0;    // source or word
  size_t context = 0;  // of kEnable, kThreshold, kClaim
};

Place Locate(uint64_t offset, size_t contexts) {
  Place place;
  if (offset >= kPriorityBase && offset < kPriorityBase + Plic::kSources * 4) {
    place.kind = Place::kPriority;
    place.index = (offset - kPriorityBase) / 4 + 1;
  } else if (offset >= kPendingBase && offset < kPendingBase + Plic::kWords * 4) {
    place.kind = Place::kPending;
    place.index = (offset - kPendingBase) / 4;
  } else if (offset >= kEnableBase && offset < kEnableBase + contexts * kEnableStride) {
    place.context = (offset - kEnableBase) / kEnableStride;
    place.index = (offset % kEnableStride) / 4;
    if (place.index < Plic::kWords) place.kind = Place::kEnable;
  } else if (offset >= kContextBase && offset < kContextBase + contexts * kContextStride) {
    place.context = (offset - kContextBase) / kContextStride;
    uint64_t within = offset % kContextStride;
    if (within == 0) place.kind = Place::kThreshold;
    if (within == 4) place.kind = Place::kClaim;
  }
  return place;
}

void SetBit(std::array<uint32_t, Plic::kWords>& words, unsigned bit, bool level) {
  uint32_t mask = uint32_t{1} << (bit % 32);
  if (level) {
    words[bit / 32] |= mask;
  } else {
    words[bit / 32] &= ~mask;
  }
}

}  // namespace

Plic::Plic(std::vector<InterruptLine> outputs) : outputs_(std::move(outputs)) {
  state_.contexts.resize(outputs_.size());
}

unsigned Plic::BestSource(size_t context) const {
  unsigned best = 0;
  uint32_t best_priority = state_.contexts[context].threshold;
  for (unsigned word = 0; word < kWords; ++word) {
    uint32_t candidates =
        state_.pending[word] & ~state_.claimed[word] & state_.contexts[context].enable[word];
    // Lowest number first among equals.
    for (; candidates != 0; candidates &= candidates - 1) {
      unsigned source = word * 32 + static_cast<unsigned>(__builtin_ctz(candidates));
      if (state_.priority[source] > best_priority) {
        best = source;
        best_priority = state_.priority[source];
      }
    }
  }
  return best;
}

void Plic::Update() {
  for (size_t context = 0; context < outputs_.size(); ++context) {
    outputs_[context](BestSource(context) != 0);
  }
}

void Plic::SetSource(unsigned source, bool level) {
  if (!level) return;
  SetBit(state_.pending, source, true);
  Update();
}

unsigned Plic::Claim(size_t context) {
  unsigned source = BestSource(context);
  if (source != 0) {
    SetBit(state_.pending, source, false);
    SetBit(state_.claimed, source, true);
  }
  Update();
  return source;
}

bool Plic::Read(uint64_t offset, unsigned size_bytes, uint64_t* value) {
  if (size_bytes != 4) return false;
  Place place = Locate(offset, outputs_.size());
  switch (place.kind) {
    case Place::kNone:
      *value = 0;
      break;
    case Place::kPriority:
      *value = state_.priority[place.index];
      break;
    case Place::kPending:
      *value = state_.pending[place.index];
      break;
    case Place::kEnable:
      *value = state_.contexts[place.context].enable[place.index];
      break;
    case Place::kThreshold:
      *value = state_.contexts[place.context].threshold;
      break;
    case Place::kClaim:
      *value = Claim(place.context);
      break;
  }
  return true;
}

bool Plic::Write(uint64_t offset, unsigned size_bytes, uint64_t value) {
  if (size_bytes != 4) return false;
  Place place = Locate(offset, outputs_.size());
  switch (place.kind) {
    case Place::kNone:
    case Place::kPending:  // read-only
      break;
    case Place::kPriority:
      state_.priority[place.index] = value & kMaxPriority;
      Update();
      break;
    case Place::kEnable:
      state_.contexts[place.context].enable[place.index] = static_cast<uint32_t>(value);
      break;
    case Place::kThreshold:
      state_.contexts[place.context].threshold = value & kMaxPriority;
      Update();
      break;
    case Place::kClaim:
      if (value < kSources) {
        SetBit(state_.claimed, static_cast<unsigned>(value), false);
        Update();
      }
      break;
  }
  return true;
}

void Plic::Reset() {
  size_t contexts = state_.contexts.size();
  state_ = State();
  state_.contexts.resize(contexts);
  for (InterruptLine& output : outputs_) output(false);
}

}  // namespace lockstep::devices
