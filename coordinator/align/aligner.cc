#include "coordinator/align/aligner.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/align/grouping.h"
#include "coordinator/align/stream.h"
#include "emulator/base/check.h"

namespace lockstep::align {
namespace {

constexpr size_t kMaxInstances = 64;

}  // namespace

class VcpuAligner::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    LOCKSTEP_CHECK(!options_.instances.empty() && options_.instances.size() <= kMaxInstances)
        << options_.instances.size() << " instances";
    for (int g = 0; g < state::kGroups; ++g) {
      group_mask_[g] = (options_.groups >> g & 1) != 0 ? ~uint64_t{0} : 0;
    }
    for (size_t i = 0; i < options_.instances.size(); ++i) {
      streams_.push_back(std::make_unique<Stream>(options_, options_.instances[i]));
      active_.push_back(i);
    }
  }

  absl::Status Push(size_t instance, state::Batch batch) {
    LOCKSTEP_CHECK(instance < streams_.size()) << instance;
    const absl::Status status = streams_[instance]->Push(std::move(batch));
    if (status.ok()) return status;
    const bool decided = state_ == Progress::kDiverged || state_ == Progress::kComplete;
    if (!decided && !streams_[instance]->dropped()) {
      SetTrouble(instance, std::string(status.message()));
    }
    return absl::InvalidArgumentError(absl::StrCat("instance ", options_.instances[instance],
                                                   ", vCPU ", options_.vcpu, ": ",
                                                   status.message()));
  }

  Progress Advance(uint64_t step_limit) {
    if (state_ == Progress::kHeld) state_ = Progress::kNeedMore;
    starved_.clear();
    if (!primed_ && state_ == Progress::kNeedMore) Prime();
    if (!primed_) return state_;
    while (state_ == Progress::kNeedMore) {
      if (!options_.compare_tlb_fills) RunMerge(IcountLimit(step_limit));
      if (!SlowStep(step_limit)) break;
    }
    return state_;
  }

  void Drop(const std::vector<size_t>& instances) {
    if (state_ == Progress::kComplete || state_ == Progress::kTrouble) return;
    for (size_t instance : instances) {
      streams_[instance]->Drop();
      active_.erase(std::remove(active_.begin(), active_.end(), instance), active_.end());
    }
    LOCKSTEP_CHECK(active_.size() >= 2) << active_.size() << " instances remain";
    mismatch_ = {};
    state_ = Progress::kNeedMore;
  }

  const Options& options() const { return options_; }
  Progress state() const { return state_; }
  const Mismatch& mismatch() const {
    LOCKSTEP_CHECK(state_ == Progress::kDiverged);
    return mismatch_;
  }
  const Trouble& trouble() const {
    LOCKSTEP_CHECK(state_ == Progress::kTrouble);
    return trouble_;
  }
  uint64_t verified_icount() const { return verified_icount_; }
  uint64_t boundaries() const { return boundaries_; }
  uint64_t splits() const {
    uint64_t sum = 0;
    for (const auto& stream : streams_) sum += stream->hot().splits;
    return sum;
  }
  const std::vector<size_t>& starved() const { return starved_; }
  Stream& stream(size_t instance) {
    LOCKSTEP_CHECK(instance < streams_.size()) << instance;
    return *streams_[instance];
  }

 private:
  void SetTrouble(std::optional<size_t> instance, std::string reason) {
    if (state_ == Progress::kTrouble) return;
    state_ = Progress::kTrouble;
    trouble_ = {instance, std::move(reason)};
  }

  // Takes every stream to the boundary where comparing begins.
  void Prime() {
    for (size_t i : active_) {
      Stream& stream = *streams_[i];
      Stream::Next next;
      while ((next = stream.Peek()) == Stream::Next::kBlock &&
             stream.next_icount() < options_.start_icount) {
        stream.Take();
      }
      if (next == Stream::Next::kBroken) return SetTrouble(i, stream.broken());
      if (next == Stream::Next::kUnknown) {
        starved_.push_back(i);
      } else if (stream.next_icount() != options_.start_icount) {
        return SetTrouble(
            i, absl::StrFormat("%s at icount %d; comparing begins at icount %d",
                               next == Stream::Next::kEnd ? "ends" : "has its first boundary",
                               stream.next_icount(), options_.start_icount));
      }
    }
    primed_ = starved_.empty();
  }

  uint64_t IcountLimit(uint64_t step_limit) const {
    if (step_limit == UINT64_MAX) return UINT64_MAX;
    const uint64_t base = streams_[active_.front()]->step_base();
    return step_limit > base ? step_limit - base : 0;
  }

  // The fast path: takes boundaries for as long as every stream's next block has nothing placed
  // before it but digests, and all is equal. Leaves everything else, unchanged, to SlowStep().
  void RunMerge(uint64_t icount_limit) {
    if (!has_common_) return;
    for (size_t i : active_) streams_[i]->Unpeek();
    digests_dirty_ = true;  // SlowStep() may have taken in some of them
    if (active_.size() == 2) {
      Merge<2>(icount_limit);
    } else {
      Merge<0>(icount_limit);
    }
  }

  template <size_t kStreams>
  void Merge(uint64_t icount_limit) {
    const size_t n = kStreams != 0 ? kStreams : active_.size();
    std::array<Stream*, kStreams != 0 ? kStreams : kMaxInstances> streams;
    std::array<uint64_t, kStreams != 0 ? kStreams : kMaxInstances> next;
    std::array<const InfoTable::Entry*, kStreams != 0 ? kStreams : kMaxInstances> entries;
    for (size_t s = 0; s < n; ++s) streams[s] = streams_[active_[s]].get();

    for (;;) {
      uint64_t icount = UINT64_MAX;
      for (size_t s = 0; s < n; ++s) {
        const Stream::Hot& hot = streams[s]->hot();
        if (hot.index >= hot.stop) return;
        next[s] = hot.first_icount + hot.offsets[hot.index];
        icount = std::min(icount, next[s]);
      }
      if (icount >= icount_limit) return;

      const Stream::Hot* reference = nullptr;
      uint64_t pc = 0;
      size_t inside = 0;
      for (size_t s = 0; s < n; ++s) {
        Stream::Hot& hot = streams[s]->hot();
        if (icount <= hot.block_icount) return;
        if (next[s] != icount) {
          ++inside;
          continue;
        }
        const InfoTable::Entry& entry = streams[s]->infos().Find(hot.ids[hot.index]);
        if (icount > hot.block_end || entry.n_insns == 0 ||
            hot.offsets[hot.index + 1] <= hot.offsets[hot.index]) {
          return;
        }
        entries[s] = &entry;
        while (hot.update != hot.updates_end && hot.update->before <= hot.index) {
          const int group = static_cast<int>(hot.update->value.group);
          const uint64_t digest = hot.update->value.digest;
          hot.digests[group] = digest;
          hot.changes[group] |= digest ^ hot.first[group];
          ++hot.update;
          digests_dirty_ = true;
        }
        if (hot.gprs != nullptr) hot.digests[0] = hot.gprs[hot.index];
        if (reference == nullptr) {
          reference = &hot;
          pc = entry.pc;
          continue;
        }
        uint64_t differs =
            (entry.pc ^ pc) | ((hot.digests[0] ^ reference->digests[0]) & group_mask_[0]);
        if (digests_dirty_) {
          for (int g = 1; g < state::kGroups; ++g) {
            differs |= (hot.digests[g] ^ reference->digests[g]) & group_mask_[g];
          }
        }
        if (differs != 0) return;
      }
      if (inside != 0) {
        if (icount - common_icount_ > options_.max_split_insns) return;
        for (size_t s = 0; s < n; ++s) {
          const Stream::Hot& hot = streams[s]->hot();
          if (next[s] == icount) continue;
          if (icount >= hot.block_end) return;
          if (hot.block_offsets != nullptr &&
              hot.block_pc + hot.block_offsets[icount - hot.block_icount] != pc) {
            return;
          }
        }
      } else {
        common_icount_ = icount;
        digests_dirty_ = false;
      }
      for (size_t s = 0; s < n; ++s) {
        Stream::Hot& hot = streams[s]->hot();
        if (next[s] != icount) {
          ++hot.splits;
          continue;
        }
        hot.changes[0] |= hot.digests[0] ^ hot.first[0];
        streams[s]->TakenSlot() = {icount, entries[s]->slot, hot.digests};
        hot.block_icount = icount;
        hot.block_end = icount + entries[s]->n_insns;
        hot.block_pc = entries[s]->pc;
        hot.block_offsets = entries[s]->offsets;
        ++hot.taken;
        ++hot.index;
      }
      verified_icount_ = icount;
      ++boundaries_;
    }
  }

  // The pc of a stream inside of a block; false if it is not known.
  static bool PcInside(const Stream::Hot& hot, uint64_t icount, uint64_t* pc) {
    if (hot.block_offsets == nullptr) return false;
    *pc = hot.block_pc + hot.block_offsets[icount - hot.block_icount];
    return true;
  }

  // Whether all streams agree at the boundary `icount`, which Peek() has found for each.
  bool AllAgree(uint64_t icount, bool all_there) const {
    const Stream* reference = nullptr;
    bool reference_ends = false;
    for (size_t i : active_) {
      const Stream& stream = *streams_[i];
      if (stream.next_icount() != icount) continue;
      const bool ends = stream.next_ends();
      if (reference == nullptr) {
        reference = &stream;
        reference_ends = ends;
        continue;
      }
      if (ends != reference_ends || (!ends && stream.next_pc() != reference->next_pc()) ||
          !SameTraps(stream.next_traps(), reference->next_traps())) {
        return false;
      }
      for (int g = 0; g < state::kGroups; ++g) {
        if (((stream.next_digests()[g] ^ reference->next_digests()[g]) & group_mask_[g]) != 0) {
          return false;
        }
      }
      if (ends && (stream.next_end().console_digest != reference->next_end().console_digest ||
                   stream.next_end().reason != reference->next_end().reason ||
                   stream.next_end().exit_code != reference->next_end().exit_code)) {
        return false;
      }
      if (options_.compare_tlb_fills && all_there && stream.tlb_hash() != reference->tlb_hash()) {
        return false;
      }
    }
    for (size_t i : active_) {
      const Stream& stream = *streams_[i];
      if (stream.next_icount() == icount) continue;
      uint64_t pc;
      if (reference_ends || !reference->next_traps().empty() ||
          (PcInside(stream.hot(), icount, &pc) && pc != reference->next_pc())) {
        return false;
      }
    }
    return true;
  }

  Standing StandingOf(size_t instance, uint64_t icount, bool all_there) const {
    const Stream& stream = *streams_[instance];
    Standing standing;
    if (stream.dropped()) return standing;
    if (stream.next_icount() != icount) {
      standing.kind = Standing::Kind::kInside;
      standing.pc_known = PcInside(stream.hot(), icount, &standing.pc);
      if (const state::BlockInfo* info = stream.CurrentInfo()) standing.block = *info;
      return standing;
    }
    standing.digests = stream.next_digests();
    standing.traps = stream.next_traps();
    if (options_.compare_tlb_fills && all_there) standing.fills_digest = stream.tlb_hash();
    if (stream.next_ends()) {
      standing.kind = Standing::Kind::kEnd;
      standing.end = stream.next_end();
    } else {
      standing.kind = Standing::Kind::kBlock;
      standing.pc_known = true;
      standing.pc = stream.next_pc();
      standing.block = stream.InfoOf(stream.next_entry());
    }
    return standing;
  }

  void SetMismatch(uint64_t icount, uint64_t step, bool all_there) {
    mismatch_ = {};
    mismatch_.icount = icount;
    mismatch_.step = step;
    for (size_t i = 0; i < streams_.size(); ++i) {
      mismatch_.streams.push_back(StandingOf(i, icount, all_there));
    }
    const auto kind = KindOf(mismatch_.streams, options_.groups);
    LOCKSTEP_CHECK(kind.has_value()) << "no difference at icount " << icount;
    mismatch_.kind = *kind;
    mismatch_.groups = GroupsOf(mismatch_.streams, options_.groups);
    mismatch_.outliers = OutliersOf(mismatch_.groups);
    mismatch_.detail =
        DetailOf(*kind, mismatch_.streams, mismatch_.groups, options_.instances, icount);
    if (has_common_) mismatch_.last_agreed_icount = common_icount_;
    state_ = Progress::kDiverged;
  }

  // An instance that ends here without having come to the guest's end.
  bool EndIsTrouble(uint64_t icount) {
    for (size_t i : active_) {
      const Stream& stream = *streams_[i];
      if (stream.next_icount() != icount || !stream.next_ends()) continue;
      const state::End& end = stream.next_end();
      if (end.reason == state::EndReason::kError) {
        SetTrouble(i, absl::StrFormat("gave up at icount %d%s%s", icount,
                                      end.text.empty() ? "" : ": ", end.text));
        return true;
      }
      if (end.reason == state::EndReason::kStopped) {
        SetTrouble(i, absl::StrFormat("was stopped at icount %d before the guest's end%s%s", icount,
                                      end.text.empty() ? "" : ": ", end.text));
        return true;
      }
    }
    return false;
  }

  // Decides one boundary in full generality. False when there is nothing to go on with.
  bool SlowStep(uint64_t step_limit) {
    uint64_t icount = UINT64_MAX;
    for (size_t i : active_) {
      switch (streams_[i]->Peek()) {
        case Stream::Next::kBroken:
          SetTrouble(i, streams_[i]->broken());
          return false;
        case Stream::Next::kUnknown:
          starved_.push_back(i);
          break;
        default:
          icount = std::min(icount, streams_[i]->next_icount());
      }
    }
    if (!starved_.empty()) return false;
    size_t there = 0;
    uint64_t step = UINT64_MAX;
    for (size_t i : active_) {
      if (streams_[i]->next_icount() != icount) continue;
      if (there++ == 0) step = icount + streams_[i]->step_base();
    }
    if (step >= step_limit && step_limit != UINT64_MAX) {
      state_ = Progress::kHeld;
      return false;
    }
    if (EndIsTrouble(icount)) return false;
    const bool all_there = there == active_.size();
    if (!AllAgree(icount, all_there)) {
      SetMismatch(icount, step, all_there);
      return false;
    }
    return Commit(icount, all_there);
  }

  bool Commit(uint64_t icount, bool all_there) {
    verified_icount_ = icount;
    bool ended = false;
    for (size_t i : active_) {
      Stream& stream = *streams_[i];
      if (stream.next_icount() != icount) {
        ++stream.hot().splits;
        continue;
      }
      ended = stream.next_ends();
      stream.Take();
    }
    if (ended) {
      state_ = Progress::kComplete;
      return false;
    }
    ++boundaries_;
    if (all_there) {
      common_icount_ = icount;
      has_common_ = true;
    } else if (icount - common_icount_ > options_.max_split_insns) {
      SetTrouble(std::nullopt, absl::StrFormat("no block boundary common to all instances from "
                                               "icount %d to %d, more than max_split_insns=%d",
                                               common_icount_, icount, options_.max_split_insns));
      return false;
    }
    return true;
  }

  Options options_;
  std::array<uint64_t, state::kGroups> group_mask_{};
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<size_t> active_;  // indexes of streams that are not dropped
  std::vector<size_t> starved_;
  Progress state_ = Progress::kNeedMore;
  Mismatch mismatch_;
  Trouble trouble_;
  bool primed_ = false;
  bool has_common_ = false;
  // A digest other than gpr may have changed since the last boundary common to all.
  bool digests_dirty_ = true;
  uint64_t common_icount_ = 0;  // of the last boundary common to all
  uint64_t verified_icount_ = 0;
  uint64_t boundaries_ = 0;
};

VcpuAligner::VcpuAligner(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
VcpuAligner::~VcpuAligner() = default;
VcpuAligner::VcpuAligner(VcpuAligner&&) noexcept = default;
VcpuAligner& VcpuAligner::operator=(VcpuAligner&&) noexcept = default;

absl::Status VcpuAligner::Push(size_t instance, state::Batch batch) {
  return impl_->Push(instance, std::move(batch));
}
void VcpuAligner::Close(size_t instance) { impl_->stream(instance).Close(); }
Progress VcpuAligner::Advance(uint64_t step_limit) { return impl_->Advance(step_limit); }
void VcpuAligner::Drop(const std::vector<size_t>& instances) { impl_->Drop(instances); }
Progress VcpuAligner::state() const { return impl_->state(); }
const Mismatch& VcpuAligner::mismatch() const { return impl_->mismatch(); }
const Trouble& VcpuAligner::trouble() const { return impl_->trouble(); }
uint64_t VcpuAligner::verified_icount() const { return impl_->verified_icount(); }
uint64_t VcpuAligner::boundaries() const { return impl_->boundaries(); }
uint64_t VcpuAligner::splits() const { return impl_->splits(); }
std::vector<size_t> VcpuAligner::starved() const { return impl_->starved(); }
const StreamStats& VcpuAligner::stats(size_t instance) const {
  return impl_->stream(instance).stats();
}
std::vector<RetainedBlock> VcpuAligner::Blocks(size_t instance) const {
  return impl_->stream(instance).Blocks();
}
std::vector<state::Event> VcpuAligner::Fills(size_t instance) const {
  return impl_->stream(instance).Fills();
}
std::vector<state::Event> VcpuAligner::Events(size_t instance) const {
  return impl_->stream(instance).Events();
}
std::vector<state::Registers> VcpuAligner::RegisterSets(size_t instance) const {
  return impl_->stream(instance).RegisterSets();
}
const std::vector<state::RegisterName>& VcpuAligner::RegisterNames(size_t instance) const {
  return impl_->stream(instance).RegisterNames();
}

}  // namespace lockstep::align
