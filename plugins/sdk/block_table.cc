// SPDX-License-Identifier: MIT
#include "plugins/sdk/block_table.h"

#include <algorithm>

#include "plugins/sdk/window_digest.h"

namespace lockstep::ring {
namespace {

// The table may be so much larger than the number of descriptions, so that one hostile id cannot
// make it huge.
constexpr uint64_t kTableSlack = 65536;
constexpr size_t kPowers = 65536;
constexpr BlockTable::Hot kNone{};

const uint64_t* Powers() {
  static const std::vector<uint64_t>* const powers = [] {
    auto* table = new std::vector<uint64_t>(kPowers);
    uint64_t power = 1;
    for (uint64_t& entry : *table) {
      entry = power;
      power *= kFlowG;
    }
    return table;
  }();
  return powers->data();
}

}  // namespace

BlockTable::BlockTable() : powers_(Powers()) {}

const BlockTable::Hot& BlockTable::Find(uint32_t id) const {
  if (id < dense_.size() && dense_[id].n_insns != 0) return dense_[id];
  const auto it = scattered_.find(id);
  return it == scattered_.end() ? kNone : it->second;
}

BlockTable::Hot& BlockTable::Slot(uint32_t id) {
  if (id >= dense_.size() && id < kTableSlack + 4 * inserted_) {
    dense_.resize(std::max<size_t>(size_t{id} + 1, dense_.size() * 2));
  }
  if (id >= dense_.size()) return scattered_[id];
  // It may have been out of the table's reach once.
  if (const auto it = scattered_.find(id); it != scattered_.end()) {
    dense_[id] = it->second;
    scattered_.erase(it);
  }
  return dense_[id];
}

bool BlockTable::Insert(uint32_t id, uint64_t pc, absl::Span<const uint16_t> offsets,
                        absl::Span<const uint8_t> payload, uint64_t position) {
  const size_t bytes = sizeof(Cold) + sizeof(Hot) + payload.size() + 8 * offsets.size();
  if (bytes_ + bytes > max_bytes()) return false;
  bytes_ += bytes;
  ++inserted_;
  uint32_t number;
  if (free_colds_.empty()) {
    number = static_cast<uint32_t>(colds_.size());
    colds_.emplace_back();
  } else {
    number = free_colds_.back();
    free_colds_.pop_back();
  }
  Cold& cold = colds_[number];
  cold.payload.assign(payload.begin(), payload.end());
  cold.flow = std::make_unique<uint64_t[]>(offsets.size());
  cold.position = position;
  cold.bytes = bytes;
  uint64_t flow = 0;
  for (size_t i = 0; i < offsets.size(); ++i) {
    flow = flow * kFlowG + FlowTerm(pc + offsets[i]);
    cold.flow[i] = flow;
  }
  Hot& hot = Slot(id);
  if (hot.n_insns != 0) retired_.push_back({id, hot.cold, position});
  hot = {powers_[offsets.size()], flow, pc, static_cast<uint32_t>(offsets.size()), number};
  return true;
}

BlockTable::Replaced BlockTable::ReplacedSince(uint64_t position) const {
  Replaced replaced;
  for (const Retired& retired : retired_) {  // in order of replaced_at: the first one held then
    if (retired.replaced_at > position) replaced.emplace(retired.id, retired.cold);
  }
  return replaced;
}

const std::vector<uint8_t>* BlockTable::PayloadAt(uint32_t id, uint64_t position,
                                                  const Replaced& replaced) const {
  uint32_t number;
  if (const auto it = replaced.find(id); it != replaced.end()) {
    number = it->second;
  } else {
    const Hot& hot = Find(id);
    if (hot.n_insns == 0) return nullptr;
    number = hot.cold;
  }
  const Cold& cold = colds_[number];
  return cold.position < position ? &cold.payload : nullptr;
}

void BlockTable::Forget(uint64_t position) {
  while (!retired_.empty() && retired_.front().replaced_at <= position) {
    Cold& cold = colds_[retired_.front().cold];
    bytes_ -= cold.bytes;
    cold = {};
    free_colds_.push_back(retired_.front().cold);
    retired_.pop_front();
  }
}

}  // namespace lockstep::ring
