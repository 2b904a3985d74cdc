#include "coordinator/align/stream.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "absl/strings/str_format.h"
#include "emulator/base/check.h"

namespace lockstep::align {
namespace {

constexpr uint32_t kMaxBlockInsns = 65535;
constexpr uint32_t kMaxBlockId = 0x7fffffff;
// Traps at one icount. They are kept until the next block, and their records are consumed before
// it, so that credit does not bound them.
constexpr size_t kMaxTraps = 4096;

// Low half xor high half of the product: mixes one value into an order-dependent digest.
uint64_t Mix(uint64_t digest, uint64_t value) {
  __extension__ using Wide = unsigned __int128;
  const Wide product =
      static_cast<Wide>((digest ^ value) + 0x9e3779b97f4a7c15u) * 0xd1b54a32d192ed03u;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <typename T>
absl::Status CheckPlaced(const std::vector<state::Placed<T>>& list, size_t blocks,
                         const char* what) {
  uint32_t last = 0;
  for (const auto& placed : list) {
    if (placed.before > blocks || placed.before < last) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "%s is placed before block %d of a batch of %d blocks, out of order or range", what,
          placed.before, blocks));
    }
    last = placed.before;
  }
  return absl::OkStatus();
}

const char* TrapName(const state::Event& event) {
  return event.kind == state::EventKind::kException ? "an exception" : "an interrupt";
}

}  // namespace

absl::Status ValidateBatch(const state::Batch& batch, state::GroupMask groups,
                           size_t register_names) {
  const size_t n = batch.block_ids.size();
  if (batch.icount_offsets.size() != n ||
      (!batch.gpr_digests.empty() && batch.gpr_digests.size() != n)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("sends columns of unequal length: %d block ids, %d icounts, %d gpr digests",
                        n, batch.icount_offsets.size(), batch.gpr_digests.size()));
  }
  if ((groups & state::MaskOf(state::Group::kGpr)) != 0 && batch.gpr_digests.size() != n) {
    return absl::InvalidArgumentError("sends no gpr digests, which it declared");
  }
  absl::Status status = CheckPlaced(batch.infos, n, "a block info");
  status.Update(CheckPlaced(batch.group_updates, n, "a digest"));
  status.Update(CheckPlaced(batch.events, n, "an event"));
  status.Update(CheckPlaced(batch.registers, n, "a register set"));
  status.Update(CheckPlaced(batch.step_bases, n, "a step base"));
  status.Update(CheckPlaced(batch.console, n, "console output"));
  if (!status.ok()) return status;
  for (const auto& placed : batch.infos) {
    const state::BlockInfo& info = placed.value;
    if (info.id > kMaxBlockId || info.n_insns == 0 || info.n_insns > kMaxBlockInsns ||
        (!info.offsets.empty() && info.offsets.size() != info.n_insns)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("describes block %d at pc 0x%x with %d instructions and %d offsets",
                          info.id, info.pc, info.n_insns, info.offsets.size()));
    }
  }
  for (const auto& placed : batch.group_updates) {
    if (static_cast<int>(placed.value.group) >= state::kGroups) {
      return absl::InvalidArgumentError(absl::StrFormat("sends a digest of unknown group %d",
                                                        static_cast<int>(placed.value.group)));
    }
  }
  const size_t names = batch.register_names.empty() ? register_names : batch.register_names.size();
  for (const auto& placed : batch.registers) {
    if (placed.value.values.size() != names) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "sends %d register values for %d declared registers", placed.value.values.size(), names));
    }
  }
  return absl::OkStatus();
}

bool SameTrap(const state::Event& a, const state::Event& b) {
  if (a.kind != b.kind || a.icount != b.icount || a.fields[0] != b.fields[0]) return false;
  return a.kind == state::EventKind::kInterrupt ||
         (a.fields[1] == b.fields[1] && a.fields[2] == b.fields[2]);
}

bool SameTraps(const std::vector<state::Event>& a, const std::vector<state::Event>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), SameTrap);
}

InfoTable::Entry* InfoTable::Place(uint32_t id) {
  if (id < kFirstIds) {
    if (id >= first_.size()) first_.resize(std::bit_ceil(id + 1));
    return &first_[id];
  }
  const uint32_t page = id >> kPageBits;
  if (page >= pages_.size()) pages_.resize(page + 1);
  if (!pages_[page]) {
    if (n_pages_ == kMaxPages) return nullptr;
    ++n_pages_;
    pages_[page] = std::make_unique<Page>();
  }
  return &(*pages_[page])[id & (kPageEntries - 1)];
}

bool InfoTable::Insert(state::BlockInfo info, uint64_t blocks_taken, uint64_t keep_blocks) {
  while (!retired_.empty() && retired_.front().free_at <= blocks_taken) {
    free_slots_.push_back(retired_.front().slot);
    retired_.pop_front();
  }
  Entry* const place = Place(info.id);
  if (place == nullptr) return false;
  Entry& entry = *place;
  if (entry.n_insns != 0) {
    if (retired_.size() == kMaxRetired) return false;
    retired_.push_back({entry.slot, blocks_taken + keep_blocks});
  }
  uint32_t slot;
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(infos_.size());
    infos_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  infos_[slot] = std::move(info);
  const state::BlockInfo& kept = infos_[slot];
  entry = {kept.pc, kept.offsets.empty() ? nullptr : kept.offsets.data(), kept.n_insns, slot};
  return true;
}

Stream::Stream(const Options& options, std::string name)
    : name_(std::move(name)),
      start_icount_(options.start_icount),
      groups_(options.groups),
      compare_traps_(options.compare_traps),
      keep_blocks_(std::bit_ceil(static_cast<uint64_t>(options.history_blocks) + 1)),
      taken_mask_(keep_blocks_ - 1),
      taken_(keep_blocks_),
      fills_(options.history_fills),
      events_(options.history_events),
      registers_(options.history_registers) {}

absl::Status Stream::Push(Input input) {
  state::Batch& batch = input.batch;
  if (batch.sequence != stats_.batches) {
    return absl::InvalidArgumentError(
        absl::StrFormat("sends batch %d where batch %d is due", batch.sequence, stats_.batches));
  }
  if (!dropped_) {
    if (end_received_) return absl::InvalidArgumentError("sends records after its end");
    if (absl::Status status = ValidateBatch(batch, groups_, register_names_.size()); !status.ok()) {
      return status;
    }
  }
  ++stats_.batches;
  stats_.records_received += batch.records;
  stats_.blocks += batch.block_ids.size();
  stats_.infos += batch.infos.size();
  if (!batch.icount_offsets.empty()) {
    stats_.received_icount = batch.first_icount + batch.icount_offsets.back();
    stats_.received_end_icount = stats_.received_icount + NominalInsns(batch);
  }
  if (batch.end) {
    stats_.received_icount = stats_.received_end_icount = batch.end->icount;
    stats_.ended = end_received_ = true;
    stats_.end = batch.end;
  }
  if (dropped_) {
    stats_.records_consumed += batch.records;
    return absl::OkStatus();
  }
  if (!batch.register_names.empty()) register_names_ = std::move(batch.register_names);
  promise_.reset();
  queue_.push_back(std::move(input));
  return absl::OkStatus();
}

// Of the last block of a batch that has not been taken in; 0 when its info is not at hand.
uint64_t Stream::NominalInsns(const state::Batch& batch) const {
  const uint32_t id = batch.block_ids.back();
  const auto find_in = [id](const state::Batch& in) -> uint64_t {
    for (auto info = in.infos.rbegin(); info != in.infos.rend(); ++info) {
      if (info->value.id == id) return info->value.n_insns;
    }
    return 0;
  };
  if (const uint64_t n = find_in(batch)) return n;
  for (auto queued = queue_.rbegin(); queued != queue_.rend(); ++queued) {
    if (const uint64_t n = find_in(queued->batch)) return n;
  }
  return infos_.Find(id).n_insns;
}

void Stream::Drop() {
  dropped_ = true;
  for (const Input& input : queue_) stats_.records_consumed += input.batch.records;
  queue_.clear();
  in_batch_ = false;
}

void Stream::BeginBatch() {
  const state::Batch& batch = queue_.front().batch;
  in_batch_ = true;
  info_at_ = event_at_ = registers_at_ = step_at_ = known_at_ = 0;
  hot_.ids = batch.block_ids.data();
  hot_.offsets = batch.icount_offsets.data();
  hot_.gprs = batch.gpr_digests.empty() ? nullptr : batch.gpr_digests.data();
  hot_.first_icount = batch.first_icount;
  hot_.index = 0;
  hot_.stop = 0;
  hot_.update = batch.group_updates.data();
  hot_.updates_end = hot_.update + batch.group_updates.size();
}

void Stream::EndBatch() {
  stats_.records_consumed += queue_.front().batch.records;
  queue_.pop_front();
  in_batch_ = false;
  hot_.index = hot_.stop = 0;
  hot_.update = hot_.updates_end = nullptr;
}

uint32_t Stream::NextPlaced() const {
  const state::Batch& batch = queue_.front().batch;
  uint32_t next = UINT32_MAX;
  if (info_at_ < batch.infos.size()) next = std::min(next, batch.infos[info_at_].before);
  if (event_at_ < batch.events.size()) next = std::min(next, batch.events[event_at_].before);
  if (registers_at_ < batch.registers.size()) {
    next = std::min(next, batch.registers[registers_at_].before);
  }
  if (step_at_ < batch.step_bases.size()) {
    next = std::min(next, batch.step_bases[step_at_].before);
  }
  const auto& known = queue_.front().known;
  if (known_at_ < known.size()) next = std::min(next, known[known_at_].before);
  return next;
}

void Stream::TakeInEvent(const state::Event& event) {
  switch (event.kind) {
    case state::EventKind::kTlbFill:
      for (int i = 0; i < 7; ++i) tlb_hash_ = Mix(tlb_hash_, event.fields[i]);
      fills_.Push(event);
      return;
    case state::EventKind::kTlbFlush:
      fills_.Push(event);
      return;
    case state::EventKind::kException:
    case state::EventKind::kInterrupt:
      if (compare_traps_) traps_.push_back(event);
      break;
    case state::EventKind::kMmio:
    case state::EventKind::kInput:
      device_icount_ = event.icount;
      break;
    default:
      break;
  }
  events_.Push(event);
}

void Stream::TakeInPlaced() {
  state::Batch& batch = queue_.front().batch;
  const uint32_t index = hot_.index;
  for (; info_at_ < batch.infos.size() && batch.infos[info_at_].before <= index; ++info_at_) {
    hot_.longest_insns = std::max(hot_.longest_insns, batch.infos[info_at_].value.n_insns);
    if (!infos_.Insert(std::move(batch.infos[info_at_].value), hot_.taken, keep_blocks_)) {
      Break("describes too many blocks, or the same again and again without entering one");
      return;
    }
  }
  for (; event_at_ < batch.events.size() && batch.events[event_at_].before <= index; ++event_at_) {
    TakeInEvent(batch.events[event_at_].value);
  }
  if (traps_.size() > kMaxTraps) {
    Break(
        absl::StrFormat("takes more than %d exceptions and interrupts at icount %d without "
                        "beginning an instruction",
                        kMaxTraps, traps_.back().icount));
    return;
  }
  for (; registers_at_ < batch.registers.size() && batch.registers[registers_at_].before <= index;
       ++registers_at_) {
    registers_.Push(std::move(batch.registers[registers_at_].value));
  }
  for (; step_at_ < batch.step_bases.size() && batch.step_bases[step_at_].before <= index;
       ++step_at_) {
    step_base_ = batch.step_bases[step_at_].value;
  }
  const auto& known = queue_.front().known;
  for (; known_at_ < known.size() && known[known_at_].before <= index; ++known_at_) {
    known_ = known[known_at_].value;
  }
}

void Stream::ApplyUpdates() {
  while (hot_.update != hot_.updates_end && hot_.update->before <= hot_.index) {
    const int group = static_cast<int>(hot_.update->value.group);
    hot_.digests[group] = hot_.update->value.digest;
    ++hot_.update;
  }
}

void Stream::UpdateStop() {
  const uint32_t n = static_cast<uint32_t>(queue_.front().batch.block_ids.size());
  hot_.stop = !traps_.empty() || n == 0 ? hot_.index : std::min(NextPlaced(), n - 1);
}

std::optional<uint64_t> Stream::IcountAfter(uint32_t index) const {
  uint32_t next = index + 1;
  for (const Input& input : queue_) {
    const state::Batch& batch = input.batch;
    if (next < batch.block_ids.size()) return batch.first_icount + batch.icount_offsets[next];
    if (batch.end) return batch.end->icount;
    next = 0;
  }
  if (closed_) return UINT64_MAX;
  return promise_;
}

Stream::Next Stream::Break(std::string reason) {
  broken_ = std::move(reason);
  next_ = Next::kBroken;
  peeked_ = true;
  return next_;
}

bool Stream::Continues(uint64_t icount) {
  if (!hot_.inside) return true;
  if (icount < hot_.block_icount) {
    Break(absl::StrFormat("goes back from icount %d to %d", hot_.block_icount, icount));
    return false;
  }
  if (icount > hot_.block_end) {
    Break(absl::StrFormat("goes on at icount %d, past the end of its block of icounts %d to %d",
                          icount, hot_.block_icount, hot_.block_end));
    return false;
  }
  return true;
}

Stream::Next Stream::Peek() {
  if (peeked_) return next_;
  if (finished_) return Next::kUnknown;
  for (;;) {
    if (!in_batch_) {
      if (queue_.empty()) {
        if (promise_) next_icount_ = *promise_;
        return Next::kUnknown;
      }
      BeginBatch();
    }
    const state::Batch& batch = queue_.front().batch;
    TakeInPlaced();
    if (peeked_) return next_;
    ApplyUpdates();
    if (hot_.index < batch.block_ids.size()) {
      const uint64_t icount = batch.first_icount + batch.icount_offsets[hot_.index];
      const InfoTable::Entry& entry = infos_.Find(batch.block_ids[hot_.index]);
      if (entry.n_insns == 0) {
        return Break(absl::StrFormat("enters block %d at icount %d without having described it",
                                     batch.block_ids[hot_.index], icount));
      }
      if (!Continues(icount)) return next_;
      const std::optional<uint64_t> after = IcountAfter(hot_.index);
      if (!after) return Next::kUnknown;
      if (*after == icount) {  // no instruction begins in it
        ++hot_.index;
        continue;
      }
      if (hot_.gprs != nullptr) hot_.digests[0] = hot_.gprs[hot_.index];
      next_entry_ = entry;
      next_icount_ = icount;
      next_ = Next::kBlock;
    } else if (batch.end) {
      if (!Continues(batch.end->icount)) return next_;
      end_ = batch.end;
      next_icount_ = end_->icount;
      hot_.digests = end_->digests;
      next_ = Next::kEnd;
    } else {
      EndBatch();
      continue;
    }
    for (const state::Event& trap : traps_) {
      if (trap.icount != next_icount_) {
        return Break(absl::StrFormat("reports %s at icount %d, right before icount %d",
                                     TrapName(trap), trap.icount, next_icount_));
      }
    }
    UpdateStop();
    peeked_ = true;
    return next_;
  }
}

void Stream::Take() {
  LOCKSTEP_CHECK(peeked_ && (next_ == Next::kBlock || next_ == Next::kEnd)) << name_;
  if (hot_.taken == 0) hot_.first = hot_.digests;
  for (int g = 0; g < state::kGroups; ++g) hot_.changes[g] |= hot_.digests[g] ^ hot_.first[g];
  peeked_ = false;
  traps_.clear();
  if (next_ == Next::kEnd) {
    finished_ = true;
    EndBatch();
    return;
  }
  TakenSlot() = {next_icount_, next_entry_.slot, hot_.digests};
  hot_.inside = true;
  hot_.block_icount = next_icount_;
  hot_.block_end = next_icount_ + next_entry_.n_insns;
  hot_.block_pc = next_entry_.pc;
  hot_.block_offsets = next_entry_.offsets;
  ++hot_.taken;
  ++hot_.index;
  UpdateStop();
}

const StreamStats& Stream::stats() const {
  stats_.split_causes = hot_.splits;
  stats_.splits = std::accumulate(hot_.splits.begin(), hot_.splits.end(), uint64_t{0});
  stats_.groups_changed = stats_.groups_nonzero = 0;
  for (int g = 0; g < state::kGroups; ++g) {
    if (hot_.changes[g] != 0) stats_.groups_changed |= 1u << g;
    if ((hot_.changes[g] | hot_.first[g]) != 0) stats_.groups_nonzero |= 1u << g;
  }
  return stats_;
}

const state::BlockInfo* Stream::CurrentInfo() const {
  if (hot_.taken == 0) return nullptr;
  return &infos_.Info(taken_[(hot_.taken - 1) & taken_mask_].slot);
}

std::vector<RetainedBlock> Stream::Blocks() const {
  const uint64_t kept = std::min<uint64_t>(hot_.taken, keep_blocks_ - 1);
  std::vector<RetainedBlock> blocks;
  blocks.reserve(kept);
  for (uint64_t number = hot_.taken - kept; number < hot_.taken; ++number) {
    const Taken& taken = taken_[number & taken_mask_];
    if (!blocks.empty()) blocks.back().executed = taken.icount - blocks.back().icount;
    blocks.push_back(
        {taken.icount, 0, infos_.Info(taken.slot), taken.digests, taken.icount >= start_icount_});
  }
  if (!blocks.empty() && peeked_ && (next_ == Next::kBlock || next_ == Next::kEnd)) {
    blocks.back().executed = next_icount_ - blocks.back().icount;
  }
  return blocks;
}

}  // namespace lockstep::align
