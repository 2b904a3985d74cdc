// SPDX-License-Identifier: MIT
#include "plugins/sdk/ring_reader.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::ring {
namespace {

// Block ids are usually small and dense; the table may be so much larger than the number of
// blocks seen, so that one hostile id cannot make it huge.
constexpr uint64_t kTableSlack = 65536;

// Why a block cannot begin `delta` instructions after the entry of the one ahead of it.
std::string BadBegin(uint32_t id, int32_t delta, uint32_t insns, uint64_t icount) {
  if (delta < 0) {
    return absl::StrFormat("icount goes back: block %d begins %d instructions before icount %d", id,
                           -int64_t{delta}, icount);
  }
  return absl::StrFormat(
      "block %d begins %d instructions after the block ahead of it, which has %d "
      "(from icount %d on)",
      id, delta, insns, icount);
}

absl::string_view TextOf(absl::Span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void Clear(state::Batch* batch) {
  batch->first_icount = 0;
  batch->infos.clear();
  batch->group_updates.clear();
  batch->events.clear();
  batch->registers.clear();
  batch->step_bases.clear();
  batch->console.clear();
  batch->register_names.clear();
  batch->end.reset();
  batch->records = 0;
}

}  // namespace

RingReader::RingReader(const RingMemory& memory, uint32_t vcpu,
                       const state::ProducerIdentity& identity)
    : cursors_(memory.cursors(vcpu)),
      slots_(memory.slots(vcpu)),
      space_futex_(&memory.control()->space_futex),
      ring_slots_(memory.ring_slots()),
      vcpu_(vcpu),
      abilities_(identity.abilities),
      groups_(identity.groups & memory.request().groups),
      block_icount_(memory.request().silent_until_icount) {
  payload_.resize(LOCKSTEP_MAX_PAYLOAD_BYTES);
}

absl::Status RingReader::Error(uint64_t position, absl::string_view what) const {
  return absl::DataLossError(absl::StrCat("ring of vCPU ", vcpu_, ", slot ", position, ": ", what));
}

RingReader::Words RingReader::Load(uint64_t position) const {
  const lockstep_slot* slot = &slots_[position & (ring_slots_ - 1)];
  // Once each, so that a producer that goes on writing cannot change what has been checked.
  return {__atomic_load_n(&slot->word0, __ATOMIC_RELAXED),
          __atomic_load_n(&slot->word1, __ATOMIC_RELAXED),
          __atomic_load_n(&slot->value, __ATOMIC_RELAXED)};
}

absl::Span<const uint8_t> RingReader::PayloadOf(uint64_t position, const Words& header) {
  return CopyPayload(slots_, ring_slots_, position, header.word1, absl::MakeSpan(payload_));
}

uint32_t RingReader::InsnsOf(uint32_t id) const {
  if (id < dense_insns_.size() && dense_insns_[id] != 0) return dense_insns_[id];
  if (sparse_insns_.empty()) return 0;
  const auto it = sparse_insns_.find(id);
  return it == sparse_insns_.end() ? 0 : it->second;
}

void RingReader::SetInsnsOf(uint32_t id, uint32_t n_insns) {
  ++n_infos_;
  if (id >= dense_insns_.size() && id < kTableSlack + 4 * n_infos_) {
    dense_insns_.resize(std::max<size_t>(id + 1, dense_insns_.size() * 2));
  }
  if (id < dense_insns_.size()) {
    dense_insns_[id] = n_insns;
  } else {
    sparse_insns_[id] = n_insns;
  }
}

absl::Status RingReader::Refresh() {
  const uint64_t published = __atomic_load_n(&cursors_->published, __ATOMIC_ACQUIRE);
  uint64_t available = published;
  if (dead_) {
    // A producer stores `written` after each record and `published` after some.
    const uint64_t written = __atomic_load_n(&cursors_->written, __ATOMIC_ACQUIRE);
    if (written - published > ring_slots_) {
      return Error(position_, absl::StrCat("`written` is ", written,
                                           ", which does not follow `published`, ", published));
    }
    available = written;
  }
  if (available < available_ || available - position_ > ring_slots_) {
    return Error(position_,
                 absl::StrCat("the producer claims to have written ", available,
                              " slots after it had claimed ", available_, "; the ring has ",
                              ring_slots_, " and ", position_, " were taken"));
  }
  available_ = available;
  if (ended_ && available_ > position_) return Error(position_, "a record follows the end");
  return absl::OkStatus();
}

absl::Status RingReader::CheckIcount(uint64_t position, uint64_t icount,
                                     absl::string_view what) const {
  if (in_first_block_ || icount - block_icount_ <= block_insns_) return absl::OkStatus();
  return Error(position, absl::StrFormat("%s at icount %d lies outside of the block of %d "
                                         "instructions that began at icount %d",
                                         what, icount, block_insns_, block_icount_));
}

absl::Status RingReader::DecodeBlocks(uint64_t end, uint64_t* position, size_t* n_blocks,
                                      bool* full, state::Batch* batch) {
  uint32_t* const ids = batch->block_ids.data();
  uint32_t* const offsets = batch->icount_offsets.data();
  uint64_t* const digests =
      (groups_ & 1u << LOCKSTEP_GPR) != 0 ? batch->gpr_digests.data() : nullptr;
  const uint32_t* const table = dense_insns_.data();
  const uint64_t table_size = dense_insns_.size();
  uint64_t at = *position;
  size_t n = *n_blocks;
  uint64_t icount = block_icount_;
  uint32_t insns = block_insns_;
  absl::Status status;
  for (; at != end; ++at) {
    const Words slot = Load(at);
    if ((slot.word0 & LOCKSTEP_CONTROL_BIT) != 0) break;
    const uint32_t delta = slot.word1 - static_cast<uint32_t>(icount);
    if (delta > insns && !in_first_block_) {
      status = Error(at, BadBegin(slot.word0, static_cast<int32_t>(delta), insns, icount));
      break;
    }
    const uint32_t new_insns =
        slot.word0 < table_size && table[slot.word0] != 0 ? table[slot.word0] : InsnsOf(slot.word0);
    if (new_insns == 0) {
      status = Error(at, absl::StrCat("block ", slot.word0, " was never described"));
      break;
    }
    if (n == 0) {
      batch->first_icount = icount + delta;
    } else if (icount + delta - batch->first_icount > UINT32_MAX) {
      *full = true;
      break;
    }
    icount += delta;
    insns = new_insns;
    in_first_block_ = false;
    ids[n] = slot.word0;
    offsets[n] = static_cast<uint32_t>(icount - batch->first_icount);
    if (digests != nullptr) digests[n] = slot.value;
    ++n;
  }
  *position = at;
  *n_blocks = n;
  block_icount_ = icount;
  block_insns_ = insns;
  return status;
}

absl::Status RingReader::DecodeNames(uint64_t position, const Words& header, state::Batch* batch) {
  absl::string_view text = TextOf(PayloadOf(position, header));
  std::vector<state::RegisterName> names;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const size_t colon = text.find(':');
    if (end == absl::string_view::npos || colon == absl::string_view::npos || colon + 1 >= end) {
      return Error(position, "a register name has not the form group:name");
    }
    state::RegisterName name{std::string(text.substr(0, colon)),
                             std::string(text.substr(colon + 1, end - colon - 1))};
    if (name.group != "gpr" && name.group != "fpr" && name.group != "csr" && name.group != "pc") {
      return Error(position, "a register's group is none of gpr, fpr, csr, pc");
    }
    for (char c : name.name) {
      if (c <= ' ' || c > '~') return Error(position, "a register name is not printable");
    }
    names.push_back(std::move(name));
    text.remove_prefix(end + 1);
  }
  if (names.size() != header.value) {
    return Error(position, absl::StrCat("the producer declares ", header.value,
                                        " registers and names ", names.size()));
  }
  n_registers_ = static_cast<uint32_t>(names.size());
  batch->register_names = std::move(names);
  return absl::OkStatus();
}

absl::Status RingReader::DecodeControl(uint64_t position, const Words& header, uint32_t before,
                                       state::Batch* batch) {
  absl::Status status = CheckHeader(header, groups_, n_registers_);
  if (!status.ok()) return Error(position, status.message());
  switch (TypeOf(header)) {
    case LOCKSTEP_REC_BLOCK_INFO: {
      const bool layout = (abilities_ & LOCKSTEP_ABILITY_LAYOUT) != 0;
      absl::StatusOr<state::BlockInfo> info = DecodeInfo(
          header, PayloadOf(position, header), layout ? Offsets::kClaimed : Offsets::kOptional);
      if (!info.ok()) return Error(position, info.status().message());
      SetInsnsOf(info->id, info->n_insns);
      batch->infos.push_back({before, *std::move(info)});
      break;
    }
    case LOCKSTEP_REC_GROUP:
      batch->group_updates.push_back(
          {before, {static_cast<state::Group>(ArgumentOf(header)), header.value}});
      break;
    case LOCKSTEP_REC_EVENT:
      status = CheckIcount(position, header.value, "an event");
      if (!status.ok()) return status;
      batch->events.push_back({before, DecodeEvent(header, PayloadOf(position, header))});
      break;
    case LOCKSTEP_REC_REGISTERS: {
      const uint32_t bytes = header.word1;
      if (n_registers_ == 0 || bytes != n_registers_ * sizeof(uint64_t)) {
        return Error(position, absl::StrFormat("registers of %d bytes, when %d were declared",
                                               bytes, n_registers_));
      }
      status = CheckIcount(position, header.value, "registers");
      if (!status.ok()) return status;
      state::Registers registers{header.value, std::vector<uint64_t>(n_registers_)};
      memcpy(registers.values.data(), PayloadOf(position, header).data(), bytes);
      batch->registers.push_back({before, std::move(registers)});
      break;
    }
    case LOCKSTEP_REC_NAMES:
      return DecodeNames(position, header, batch);
    case LOCKSTEP_REC_END:
      status = CheckIcount(position, header.value, "the end");
      if (!status.ok()) return status;
      batch->end = DecodeEnd(header, PayloadOf(position, header));
      ended_ = true;
      break;
    case LOCKSTEP_REC_STEP:
      batch->step_bases.push_back({before, header.value});
      break;
    case LOCKSTEP_REC_RUN:
      return Error(position, "a run of blocks where digests are wanted with every block");
    case LOCKSTEP_REC_SUM:
      return Error(position, "a sum where every block is wanted");
    case LOCKSTEP_REC_CONSOLE:
      status = CheckIcount(position, header.value, "console output");
      if (!status.ok()) return status;
      batch->console.push_back(
          {before, {header.value, std::string(TextOf(PayloadOf(position, header)))}});
      break;
  }
  return absl::OkStatus();
}

void RingReader::FreeSlots(uint64_t position) {
  if (position == position_) return;
  position_ = position;
  // The producer stores producer_waiting, then loads consumed: one of us must see the other.
  __atomic_store_n(&cursors_->consumed, position, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&cursors_->producer_waiting, __ATOMIC_SEQ_CST) == 0) return;
  // Not for every few slots: it would fill them and sleep again.
  const uint64_t unread = __atomic_load_n(&cursors_->published, __ATOMIC_RELAXED) - position;
  if (unread != 0 && unread > ring_slots_ - ring_slots_ / 4) return;
  __atomic_add_fetch(space_futex_, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, space_futex_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

absl::Status RingReader::Drain(size_t max_slots, state::Batch* batch) {
  Clear(batch);
  batch->vcpu = vcpu_;
  batch->sequence = next_sequence_;
  absl::Status status = failure_;
  if (status.ok()) status = Refresh();
  if (!status.ok()) {
    failure_ = status;
    batch->block_ids.clear();
    batch->icount_offsets.clear();
    batch->gpr_digests.clear();
    return status;
  }
  const uint64_t n = std::min<uint64_t>(max_slots, available_ - position_);
  const uint64_t end = position_ + n;
  batch->block_ids.resize(n);
  batch->icount_offsets.resize(n);
  batch->gpr_digests.resize((groups_ & 1u << LOCKSTEP_GPR) != 0 ? n : 0);
  uint64_t at = position_;
  size_t n_blocks = 0;
  bool full = false;
  while (status.ok() && !full && at < end) {
    if (ended_) {
      status = Error(at, "a record follows the end");
      break;
    }
    status = DecodeBlocks(end, &at, &n_blocks, &full, batch);
    if (!status.ok() || full || at >= end) break;
    const Words header = Load(at);
    if ((header.word0 & LOCKSTEP_CONTROL_BIT) == 0 || header.word1 > LOCKSTEP_MAX_PAYLOAD_BYTES) {
      status = Error(at, absl::StrFormat("record 0x%08x claims a payload of %d bytes", header.word0,
                                         header.word1));
      break;
    }
    const uint64_t slots = SlotsOf(header.word1);
    if (at + slots > available_ || (at + slots > end && at != position_)) break;
    status = DecodeControl(at, header, static_cast<uint32_t>(n_blocks), batch);
    if (!status.ok()) break;
    at += slots;
  }
  batch->block_ids.resize(n_blocks);
  batch->icount_offsets.resize(n_blocks);
  if (!batch->gpr_digests.empty()) batch->gpr_digests.resize(n_blocks);
  batch->records = at - position_;
  FreeSlots(at);
  failure_ = status;
  if (batch->records != 0) {
    ++next_sequence_;
    return absl::OkStatus();
  }
  return status;
}

absl::StatusOr<state::Batch> RingReader::Drain(size_t max_slots) {
  state::Batch batch;
  const absl::Status status = Drain(max_slots, &batch);
  if (!status.ok()) return status;
  return batch;
}

void RingReader::set_producer_dead() { dead_ = true; }

bool RingReader::exhausted() const {
  if (ended_ || !failure_.ok()) return true;
  if (!dead_) return false;
  const uint64_t written = __atomic_load_n(&cursors_->written, __ATOMIC_ACQUIRE);
  if (written == position_) return true;
  if (written - position_ > ring_slots_) return false;  // the next Drain() says what is wrong
  const Words next = Load(position_);
  return (next.word0 & LOCKSTEP_CONTROL_BIT) != 0 && next.word1 <= LOCKSTEP_MAX_PAYLOAD_BYTES &&
         position_ + SlotsOf(next.word1) > written;
}

}  // namespace lockstep::ring
