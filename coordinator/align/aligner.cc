#include "coordinator/align/aligner.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/align/deskew.h"
#include "coordinator/align/grouping.h"
#include "coordinator/align/merge.h"
#include "coordinator/align/splits.h"
#include "coordinator/align/stream.h"
#include "emulator/base/check.h"

namespace lockstep::align {
namespace {

constexpr size_t kMaxInstances = kMaxStreams;

}  // namespace

class VcpuAligner::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    LOCKSTEP_CHECK(!options_.instances.empty() && options_.instances.size() <= kMaxInstances)
        << options_.instances.size() << " instances";
    limits_.max_split_insns = options_.max_split_insns;
    for (size_t i = 0; i < options_.instances.size(); ++i) {
      streams_.push_back(std::make_unique<Stream>(options_, options_.instances[i]));
      active_.push_back(i);
    }
    if (options_.async_skew_insns != 0) {
      LOCKSTEP_CHECK(options_.compare_traps && !options_.compare_tlb_fills &&
                     options_.start_icount == 0);
      deskewer_ = std::make_unique<Deskewer>(options_);
      deskewed_stats_.resize(streams_.size());
    }
  }

  absl::Status Push(size_t instance, state::Batch batch) {
    LOCKSTEP_CHECK(instance < streams_.size()) << instance;
    const absl::Status status = deskewer_ ? deskewer_->Push(instance, std::move(batch))
                                          : streams_[instance]->Push(std::move(batch));
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
    if (state_ != Progress::kNeedMore) return state_;
    starved_.clear();
    if (deskewer_) TakeDeskewed();
    Compare(step_limit);
    if (deskewer_ && state_ == Progress::kNeedMore) SettleDeskewed();
    return state_;
  }

  void Close(size_t instance) {
    LOCKSTEP_CHECK(instance < streams_.size()) << instance;
    if (deskewer_) {
      deskewer_->Close(instance);
    } else {
      streams_[instance]->Close();
    }
  }

  void Drop(const std::vector<size_t>& instances) {
    if (state_ == Progress::kComplete || state_ == Progress::kTrouble) return;
    for (size_t instance : instances) {
      streams_[instance]->Drop();
      if (deskewer_) deskewer_->Drop(instance);
      active_.erase(std::remove(active_.begin(), active_.end(), instance), active_.end());
    }
    LOCKSTEP_CHECK(active_.size() >= 2) << active_.size() << " instances remain";
    mismatch_ = {};
    state_ = Progress::kNeedMore;
  }

  Skews skews() const {
    if (!deskewer_) return {};
    Skews skews = deskewer_->skews();
    skews.cut_at = deskewer_->cut_at();
    return skews;
  }

  const StreamStats& stats(size_t instance) {
    const StreamStats& stats = stream(instance).stats();
    if (!deskewer_) return stats;
    deskewed_stats_[instance] = stats;
    deskewer_->FillStats(instance, &deskewed_stats_[instance]);
    return deskewed_stats_[instance];
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
  uint64_t verified_icount() const { return merge_.verified_icount; }
  uint64_t boundaries() const { return merge_.boundaries; }
  uint64_t splits() const {
    uint64_t sum = 0;
    for (const auto& stream : streams_) sum += stream->stats().splits;
    return sum;
  }
  const std::vector<size_t>& starved() const { return starved_; }
  Stream& stream(size_t instance) {
    LOCKSTEP_CHECK(instance < streams_.size()) << instance;
    return *streams_[instance];
  }

 private:
  void Compare(uint64_t step_limit) {
    if (!primed_ && state_ == Progress::kNeedMore) Prime();
    if (!primed_) return;
    while (state_ == Progress::kNeedMore) {
      if (!options_.compare_tlb_fills) RunMerge(IcountLimit(step_limit));
      if (!SlowStep(step_limit)) break;
    }
  }

  // What the deskewer can bring into order goes to the streams.
  void TakeDeskewed() {
    deskewer_->Forward();
    for (size_t i : active_) {
      while (std::optional<Stream::Input> input = deskewer_->Pop(i)) {
        const absl::Status status = streams_[i]->Push(*std::move(input));
        if (!status.ok()) return SetTrouble(i, std::string(status.message()));
      }
      if (deskewer_->Exhausted(i)) streams_[i]->Close();
      streams_[i]->Promise(deskewer_->Promise(i));
    }
  }

  // All that came out of the deskewer is compared and equal.
  void SettleDeskewed() {
    if (deskewer_->trouble()) {
      SetTrouble(deskewer_->trouble()->instance, deskewer_->trouble()->reason);
    } else if (deskewer_->unmatched()) {
      SetUnmatched(*deskewer_->unmatched());
    } else {
      starved_ = deskewer_->starved();
    }
  }

  // An interrupt that not all took within the tolerance.
  void SetUnmatched(const Deskewer::Unmatched& unmatched) {
    mismatch_ = {};
    mismatch_.kind = report::Kind::kInterrupt;
    mismatch_.icount = unmatched.icount;
    mismatch_.step = unmatched.icount + streams_[active_.front()]->step_base();
    std::vector<size_t> with, without;
    std::vector<std::string> names, others;
    std::string where;
    for (size_t i = 0; i < streams_.size(); ++i) {
      Standing standing;
      if (!streams_[i]->dropped()) {
        standing.kind = Standing::Kind::kInside;
        if (unmatched.epcs[i]) {
          with.push_back(i);
          names.push_back(options_.instances[i]);
          if (where.empty()) where = absl::StrFormat("0x%x", *unmatched.epcs[i]);
          standing.pc_known = true;
          standing.pc = *unmatched.epcs[i];
        } else {
          without.push_back(i);
          others.push_back(options_.instances[i]);
        }
        if (const state::BlockInfo* info = streams_[i]->CurrentInfo()) standing.block = *info;
      }
      mismatch_.streams.push_back(std::move(standing));
    }
    mismatch_.groups = {std::move(with), std::move(without)};
    if (mismatch_.groups[0].size() < mismatch_.groups[1].size()) {
      std::swap(mismatch_.groups[0], mismatch_.groups[1]);
    }
    mismatch_.outliers = OutliersOf(mismatch_.groups);
    mismatch_.detail =
        absl::StrFormat("interrupt cause %d at pc %s (%s) against none within %d instructions (%s)",
                        unmatched.cause, where, absl::StrJoin(names, ", "),
                        options_.async_skew_insns, absl::StrJoin(others, ", "));
    if (has_common_) mismatch_.last_agreed_icount = merge_.common_icount;
    state_ = Progress::kDiverged;
  }

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

  // The fast path; leaves what it cannot decide, unchanged, to SlowStep().
  void RunMerge(uint64_t icount_limit) {
    if (!has_common_) return;
    merging_.clear();
    for (size_t i : active_) {
      streams_[i]->Unpeek();
      merging_.push_back(streams_[i].get());
    }
    merge_.digests_dirty = true;  // SlowStep() may have taken in some of them
    limits_.icount_limit = icount_limit;
    state::GroupMask groups = options_.groups;
    for (const Stream* stream : merging_) groups &= stream->next_known();
    for (int g = 0; g < state::kGroups; ++g) {
      limits_.group_mask[g] = (groups >> g & 1) != 0 ? ~uint64_t{0} : 0;
    }
    Merge(merging_, active_, limits_, &merge_);
  }

  // The pc of a stream inside of a block; false if it is not known.
  static bool PcInside(const Stream::Hot& hot, uint64_t icount, uint64_t* pc) {
    if (hot.block_offsets == nullptr) return false;
    *pc = hot.block_pc + hot.block_offsets[icount - hot.block_icount];
    return true;
  }

  bool DigestsDiffer(const Stream& a, const Stream& b) const {
    const state::GroupMask groups = options_.groups & a.next_known() & b.next_known();
    for (int g = 0; g < state::kGroups; ++g) {
      if ((groups >> g & 1) != 0 && a.next_digests()[g] != b.next_digests()[g]) return true;
    }
    return false;
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
      if (DigestsDiffer(stream, *reference)) return false;
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
    standing.known = stream.next_known();
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
    if (has_common_) mismatch_.last_agreed_icount = merge_.common_icount;
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
    // A stream of which the next record is known to lie past this boundary is inside of a block.
    starved_.erase(std::remove_if(starved_.begin(), starved_.end(),
                                  [&](size_t i) {
                                    return icount != UINT64_MAX && streams_[i]->PastIcount(icount);
                                  }),
                   starved_.end());
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

  // The last boundary was a split: what comes now may say why.
  void PutRight(uint64_t icount) {
    const LastSplit& split = merge_.last_split;
    if (split.icount != merge_.verified_icount || !MayBePutRight(split.cause)) return;
    std::optional<report::SplitCause> cause;
    for (size_t i : active_) {
      const Stream& stream = *streams_[i];
      if (stream.next_icount() == icount) {
        for (const state::Event& trap : stream.next_traps()) {
          if (cause) break;
          cause = trap.kind == state::EventKind::kInterrupt ? report::SplitCause::kInterrupt
                                                            : report::SplitCause::kException;
        }
      }
      const uint64_t device = stream.device_icount();
      if (!cause && device != UINT64_MAX && device + 1 >= split.icount &&
          device <= split.icount + 1) {
        cause = report::SplitCause::kDevice;
      }
    }
    if (!cause) return;
    for (size_t i = 0; i < streams_.size(); ++i) {
      if ((split.lacking >> i & 1) == 0) continue;
      auto& splits = streams_[i]->hot().splits;
      --splits[static_cast<int>(split.cause)];
      ++splits[static_cast<int>(*cause)];
    }
  }

  // Counts the boundary for the streams that lack it.
  void CountSplits(uint64_t icount) {
    const Stream* had = nullptr;
    uint64_t lacking = 0;
    for (size_t i : active_) {
      if (streams_[i]->next_icount() != icount) {
        lacking |= uint64_t{1} << i;
      } else if (had == nullptr) {
        had = streams_[i].get();
      }
    }
    const report::SplitCause cause = SplitCauseOf(had->hot(), icount, had->next_pc());
    for (size_t i : active_) {
      if ((lacking >> i & 1) != 0) ++streams_[i]->hot().splits[static_cast<int>(cause)];
    }
    merge_.last_split = {icount, cause, lacking};
  }

  bool Commit(uint64_t icount, bool all_there) {
    PutRight(icount);
    if (!all_there) CountSplits(icount);
    merge_.verified_icount = icount;
    bool ended = false;
    for (size_t i : active_) {
      Stream& stream = *streams_[i];
      if (stream.next_icount() != icount) continue;
      ended = stream.next_ends();
      stream.Take();
    }
    if (ended) {
      state_ = Progress::kComplete;
      return false;
    }
    ++merge_.boundaries;
    if (all_there) {
      merge_.common_icount = icount;
      has_common_ = true;
    } else if (icount - merge_.common_icount > options_.max_split_insns) {
      SetTrouble(std::nullopt,
                 absl::StrFormat("no block boundary common to all instances from "
                                 "icount %d to %d, more than max_split_insns=%d",
                                 merge_.common_icount, icount, options_.max_split_insns));
      return false;
    }
    return true;
  }

  Options options_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<size_t> active_;  // indexes of streams that are not dropped
  std::vector<size_t> starved_;
  std::unique_ptr<Deskewer> deskewer_;       // null where interrupts are pinned
  std::vector<StreamStats> deskewed_stats_;  // storage for stats()
  Progress state_ = Progress::kNeedMore;
  Mismatch mismatch_;
  Trouble trouble_;
  bool primed_ = false;
  bool has_common_ = false;
  MergeState merge_;
  MergeLimits limits_;
  std::vector<Stream*> merging_;  // the active ones, while Merge() runs
};

VcpuAligner::VcpuAligner(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
VcpuAligner::~VcpuAligner() = default;
VcpuAligner::VcpuAligner(VcpuAligner&&) noexcept = default;
VcpuAligner& VcpuAligner::operator=(VcpuAligner&&) noexcept = default;

absl::Status VcpuAligner::Push(size_t instance, state::Batch batch) {
  return impl_->Push(instance, std::move(batch));
}
void VcpuAligner::Close(size_t instance) { impl_->Close(instance); }
Progress VcpuAligner::Advance(uint64_t step_limit) { return impl_->Advance(step_limit); }
void VcpuAligner::Drop(const std::vector<size_t>& instances) { impl_->Drop(instances); }
Progress VcpuAligner::state() const { return impl_->state(); }
const Mismatch& VcpuAligner::mismatch() const { return impl_->mismatch(); }
const Trouble& VcpuAligner::trouble() const { return impl_->trouble(); }
uint64_t VcpuAligner::verified_icount() const { return impl_->verified_icount(); }
uint64_t VcpuAligner::boundaries() const { return impl_->boundaries(); }
uint64_t VcpuAligner::splits() const { return impl_->splits(); }
Skews VcpuAligner::skews() const { return impl_->skews(); }
std::vector<size_t> VcpuAligner::starved() const { return impl_->starved(); }
const StreamStats& VcpuAligner::stats(size_t instance) const { return impl_->stats(instance); }
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
