#include "coordinator/window/window_checker.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/window/detail.h"
#include "coordinator/window/rows.h"
#include "emulator/base/check.h"

namespace lockstep::window {
namespace {

constexpr size_t kMaxInstances = 64;
constexpr report::Kind kGroupKinds[state::kGroups] = {report::Kind::kGpr, report::Kind::kFpr,
                                                      report::Kind::kCsr, report::Kind::kMem};

void Add(const report::SplitCauses& from, report::SplitCauses& to) {
  for (int c = 0; c < report::kSplitCauses; ++c) to[c] += from[c];
}

bool IsGroupKind(report::Kind kind) {
  return std::find(std::begin(kGroupKinds), std::end(kGroupKinds), kind) != std::end(kGroupKinds);
}

}  // namespace

class WindowChecker::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    const size_t n = options_.align.instances.size();
    LOCKSTEP_CHECK(n > 0 && n <= kMaxInstances) << n << " instances";
    LOCKSTEP_CHECK(options_.window_insns > 0);
    streams_.resize(n);
    for (size_t i = 0; i < n; ++i) active_.push_back(i);
    start_ = verified_icount_ = options_.align.start_icount;
    for (Stream& stream : streams_) {
      stream.next_icount = start_;
      stream.stats.received_icount = stream.stats.received_end_icount = start_;
    }
  }

  absl::Status Push(size_t instance, state::WindowBatch batch) {
    Stream& stream = At(instance);
    std::string error = Check(stream, batch);
    if (!error.empty()) return Refuse(instance, std::move(error));
    Count(stream, batch);
    if (stream.dropped) return absl::OkStatus();
    if (batch.first_window == 0) stream.start_digests = batch.start_digests;
    const size_t n = batch.rows();
    for (size_t i = 0; i < n; ++i) {
      stream.rows.push_back({batch.icounts[i], batch.steps[i], batch.pcs[i], batch.digests[i],
                             batch.flow_digests[i], batch.trap_digests[i], batch.trap_counts[i],
                             batch.block_digests[i], batch.block_counts[i],
                             batch.end.has_value() && i + 1 == n});
    }
    return absl::OkStatus();
  }

  Progress Advance() {
    while (state_ == Progress::kNeedMore && CompareRow()) {
    }
    if (state_ == Progress::kDetailWanted) Conclude();
    // The details may have shown that the window is equal.
    while (state_ == Progress::kNeedMore && CompareRow()) {
    }
    return state_;
  }

  absl::Status PushDetail(size_t instance, state::Batch batch) {
    At(instance);
    if (state_ != Progress::kDetailWanted || !detail_->Wants(instance)) return absl::OkStatus();
    const absl::Status status = detail_->Push(instance, std::move(batch));
    if (!status.ok()) {
      const bool theirs = detail_->aligner().state() == align::Progress::kTrouble;
      return Refuse(instance, theirs ? detail_->TroubleOf().reason : std::string(status.message()));
    }
    detail_->Advance();
    return absl::OkStatus();
  }

  void EndDetail(size_t instance) {
    At(instance);
    if (state_ != Progress::kDetailWanted || !detail_->Wants(instance)) return;
    const Stream& stream = streams_[instance];
    detail_->End(instance, !probing_ || stream.closed || !stream.rows.empty());
  }

  bool Probe() {
    if (state_ != Progress::kNeedMore || starved_.empty() || AnySums()) return false;
    Ask();
    probing_ = true;
    return true;
  }

  void Abandon(size_t instance) {
    Stream& stream = At(instance);
    stream.abandoned = true;
    EndDetail(instance);
  }

  void Drop(const std::vector<size_t>& instances) {
    if (state_ == Progress::kComplete || state_ == Progress::kTrouble) return;
    for (size_t instance : instances) {
      Stream& stream = At(instance);
      stream.dropped = true;
      stream.rows.clear();
      active_.erase(std::remove(active_.begin(), active_.end(), instance), active_.end());
    }
    LOCKSTEP_CHECK(active_.size() >= 2) << active_.size() << " instances remain";
    mismatch_ = {};
    inside_window_ = partial_compared_ = looked_inside_ = false;
    state_ = Progress::kNeedMore;
  }

  struct Stream {
    std::deque<Row> rows;
    uint64_t next_window = 0;
    uint64_t next_icount = 0;  // where that begins
    state::Digests start_digests{};
    state::Digests first_digests{};
    bool closed = false;
    bool abandoned = false;  // gives no details
    bool dropped = false;
    report::SplitCauses splits{};  // in agreed windows
    StreamStats stats;
  };

  Stream& At(size_t instance) {
    LOCKSTEP_CHECK(instance < streams_.size()) << instance;
    return streams_[instance];
  }
  const Options& options() const { return options_; }
  // The details are of a window that is not agreed on, and what they compared is sure.
  bool DetailCounts() const {
    return (state_ == Progress::kDiverged && !inside_window_) || partial_compared_ ||
           looked_inside_;
  }
  uint64_t EndOfWindow() const { return NextMultiple(start_); }

  Options options_;
  std::vector<Stream> streams_;
  std::vector<size_t> active_;  // not dropped
  std::vector<size_t> starved_;
  Progress state_ = Progress::kNeedMore;
  align::Trouble trouble_;
  align::Mismatch mismatch_;
  bool inside_window_ = false;
  std::unique_ptr<Detail> detail_;
  bool partial_compared_ = false;  // the window in which a closed stream stops was
  uint64_t agreed_ = 0;            // windows
  uint64_t start_ = 0;             // of the window that is compared next
  uint64_t verified_icount_ = 0;
  uint64_t verified_step_ = 0;
  uint64_t boundaries_ = 0;  // of agreed windows
  uint64_t details_ = 0;
  uint64_t detail_serial_ = 0;
  bool probing_ = false;        // the details are those of Probe()
  bool looked_inside_ = false;  // by it, at the window that is compared next

 private:
  uint64_t NextMultiple(uint64_t icount) const {
    const uint64_t number = icount / options_.window_insns + 1;
    return number > UINT64_MAX / options_.window_insns ? UINT64_MAX
                                                       : number * options_.window_insns;
  }

  void SetTrouble(std::optional<size_t> instance, std::string reason) {
    if (state_ == Progress::kTrouble) return;
    state_ = Progress::kTrouble;
    trouble_ = {instance, std::move(reason)};
  }

  absl::Status Refuse(size_t instance, std::string reason) {
    const absl::Status status =
        absl::InvalidArgumentError(absl::StrCat("instance ", options_.align.instances[instance],
                                                ", vCPU ", options_.align.vcpu, ": ", reason));
    SetTrouble(instance, std::move(reason));
    return status;
  }

  // What is wrong with a batch; empty if nothing is.
  std::string Check(const Stream& stream, const state::WindowBatch& batch) const {
    const size_t n = batch.rows();
    if (stream.stats.ended) return "sends windows after its end";
    if (n == 0) return "sends no windows";
    if (batch.steps.size() != n || batch.pcs.size() != n || batch.digests.size() != n ||
        batch.flow_digests.size() != n || batch.trap_digests.size() != n ||
        batch.trap_counts.size() != n || batch.block_digests.size() != n ||
        batch.block_counts.size() != n) {
      return "sends columns of windows of unequal length";
    }
    if (batch.first_window != stream.next_window) {
      return absl::StrFormat("sends window %d where window %d is due", batch.first_window,
                             stream.next_window);
    }
    if (batch.start_icount != stream.next_icount) {
      return absl::StrFormat("has window %d begin at icount %d; it begins at icount %d",
                             batch.first_window, batch.start_icount, stream.next_icount);
    }
    if (!stream.dropped && stream.rows.size() + n > options_.max_windows + 1) {
      return absl::StrFormat("sends more than %d windows that are not agreed on",
                             options_.max_windows);
    }
    uint64_t icount = stream.next_icount;
    for (size_t i = 0; i < n; ++i) {
      const uint64_t due = NextMultiple(icount);
      const bool last = batch.end.has_value() && i + 1 == n;
      const bool fits = last ? batch.icounts[i] == batch.end->icount && batch.icounts[i] <= due &&
                                   batch.icounts[i] >= icount
                             : batch.icounts[i] == due;
      if (!fits || batch.icounts[i] - icount < batch.block_counts[i]) {
        return absl::StrFormat(
            "has a window of %d blocks from icount %d to %d; it ends at icount "
            "%d",
            batch.block_counts[i], icount, batch.icounts[i], due);
      }
      icount = due;
    }
    return "";
  }

  void Count(Stream& stream, const state::WindowBatch& batch) {
    StreamStats& stats = stream.stats;
    const state::Digests first = stats.windows == 0 ? batch.digests.front() : stream.first_digests;
    stream.first_digests = first;
    for (size_t i = 0; i < batch.rows(); ++i) {
      stats.blocks += batch.block_counts[i];
      stats.traps += batch.trap_counts[i];
      for (int g = 0; g < state::kGroups; ++g) {
        const uint64_t digest = batch.digests[i][g];
        if (digest != first[g]) stats.groups_changed |= 1u << g;
        if (digest != 0) stats.groups_nonzero |= 1u << g;
      }
    }
    for (int g = 0; g < state::kGroups && batch.first_window == 0; ++g) {
      if (batch.start_digests[g] != 0 && batch.start_digests[g] != first[g]) {
        stats.groups_changed |= 1u << g;
      }
    }
    stats.windows += batch.rows();
    stats.records += batch.records;
    stats.infos += batch.infos;
    stats.sums = stats.sums || batch.sums;
    stats.received_icount = stats.received_end_icount = batch.icounts.back();
    stats.ended = batch.end.has_value();
    stats.end = batch.end;
    stream.next_window += batch.rows();
    stream.next_icount = batch.icounts.back();
  }

  // What an instance says of the window that is compared next. REQUIRES: it has a row.
  Side SideOf(size_t instance) const {
    const Stream& stream = streams_[instance];
    const Row& row = stream.rows.front();
    return {instance, &row, row.ends ? &*stream.stats.end : nullptr,
            agreed_ == 0 ? &stream.start_digests : nullptr};
  }
  std::vector<Side> Sides() const {
    std::vector<Side> sides;
    for (size_t i : active_) sides.push_back(SideOf(i));
    return sides;
  }

  // Compares the next window. False when there is nothing to go on with.
  bool CompareRow() {
    starved_.clear();
    bool missing = false;
    for (size_t i : active_) {
      const Stream& stream = streams_[i];
      if (!stream.rows.empty()) continue;
      missing = true;
      if (!stream.closed || stream.abandoned || partial_compared_ || AnySums()) {
        starved_.push_back(i);
      }
    }
    if (!starved_.empty()) return false;
    bool equal = !missing;
    for (size_t i : active_) {
      if (!equal) break;
      const Side side = SideOf(i);
      // The aligner says what is due of a stream that stopped.
      equal =
          SameWindow(SideOf(active_.front()), side, options_) && !(side.end && Stopped(*side.end));
    }
    if (equal && !MustLookInside()) {
      if (!AnySums()) CountBlocks();
      return Agree();
    }
    if (AnySums()) {
      DecideByRows();
      return false;
    }
    Ask();
    ++details_;
    return false;
  }

  // Blocks of somebody that takes part are not known, so that no window can be looked into.
  bool AnySums() const {
    return std::any_of(active_.begin(), active_.end(),
                       [this](size_t i) { return streams_[i].stats.sums; });
  }

  // REQUIRES: all have a row, and they differ, or some stopped.
  void DecideByRows() {
    for (size_t i : active_) {
      const Side side = SideOf(i);
      if (side.end && Stopped(*side.end)) return SetTrouble(i, StoppedText(*side.end));
    }
    SetMismatchInside(MismatchOfRows(Sides(), start_, options_));
  }

  void SetMismatchInside(align::Mismatch mismatch) {
    mismatch_ = std::move(mismatch);
    inside_window_ = true;
    state_ = Progress::kDiverged;
  }

  void Ask() {
    detail_ = std::make_unique<Detail>(options_, active_, start_, EndOfWindow());
    for (size_t i : active_) {
      if (streams_[i].abandoned) detail_->End(i, /*complete=*/true);
    }
    ++detail_serial_;
    looked_inside_ = probing_ = false;
    state_ = Progress::kDetailWanted;
  }

  // States at window ends alone can hide that a group changed at all, when there is hardly a
  // window.
  bool MustLookInside() const {
    const Stream& reference = streams_[active_.front()];
    const StreamStats& stats = reference.stats;
    const bool possible = std::none_of(active_.begin(), active_.end(),
                                       [this](size_t i) { return streams_[i].abandoned; });
    return possible && !AnySums() && options_.block_digests && reference.rows.front().ends &&
           agreed_ < 2 && (options_.align.groups & ~stats.groups_changed) != 0;
  }

  // Of a window that is equal without details.
  void CountBlocks() {
    uint64_t most = 0;
    for (size_t i : active_) most = std::max<uint64_t>(most, BlocksOf(i));
    for (size_t i : active_) {
      streams_[i].splits[static_cast<int>(report::SplitCause::kOther)] += most - BlocksOf(i);
    }
    boundaries_ += most;
  }
  uint32_t BlocksOf(size_t instance) const { return streams_[instance].rows.front().block_count; }

  // Of one that is equal in detail. The boundary at its end is that of the next one's beginning;
  // the end of the stream is none.
  void CountDetail(bool ends) {
    boundaries_ += detail_->aligner().boundaries() - (ends ? 0 : 1);
    for (size_t i : active_) {
      StreamStats& stats = streams_[i].stats;
      const align::StreamStats detailed = detail_->StatsOf(i);
      Add(detailed.split_causes, streams_[i].splits);
      if (!options_.block_digests) continue;
      stats.groups_changed |= detailed.groups_changed;
      stats.groups_nonzero |= detailed.groups_nonzero;
    }
  }

  // The window is equal in all instances. False at the end.
  bool Agree() {
    const Row row = streams_[active_.front()].rows.front();
    for (size_t i : active_) streams_[i].rows.pop_front();
    ++agreed_;
    looked_inside_ = false;
    start_ = verified_icount_ = row.icount;
    verified_step_ = row.step;
    if (row.ends) state_ = Progress::kComplete;
    return !row.ends;
  }

  // Decides by the details, as far as they are here.
  void Conclude() {
    const align::Progress progress = detail_->Advance();
    for (size_t i : active_) {
      StreamStats& stats = streams_[i].stats;
      stats.received_end_icount =
          std::max(stats.received_end_icount, detail_->StatsOf(i).received_end_icount);
    }
    if (progress == align::Progress::kDiverged) return SetMismatch(detail_->MismatchOf());
    if (progress == align::Progress::kTrouble) {
      const align::Trouble trouble = detail_->TroubleOf();
      return SetTrouble(trouble.instance, trouble.reason);
    }
    if (!detail_->AllDone()) return;
    state_ = Progress::kNeedMore;
    if (std::exchange(probing_, false)) {
      looked_inside_ = options_.block_digests || options_.align.groups == 0;
      if (looked_inside_) {
        verified_icount_ = std::max(verified_icount_, detail_->verified_icount());
      }
      return;
    }
    bool missing = false;
    for (size_t i : active_) {
      if (streams_[i].rows.empty()) {
        missing = true;
      } else if (!DetailFits(i)) {
        return;
      }
    }
    if (missing) {
      partial_compared_ = true;
      verified_icount_ = std::max(verified_icount_, detail_->verified_icount());
      return;
    }
    const Side reference = SideOf(active_.front());
    for (size_t i : active_) {
      // The instructions of the window differ, but no block does: inside of blocks that begin and
      // end alike.
      if (SameWay(reference, SideOf(i), options_)) continue;
      return SetMismatchInside(MismatchInsideBlocks(Sides(), start_, options_));
    }
    CountDetail(reference.row->ends);
    Agree();
  }

  // Whether the records of an instance say what its row says, in so far as that shows.
  bool DetailFits(size_t instance) {
    const Row& row = streams_[instance].rows.front();
    const Detail::Last& last = detail_->LastOf(instance);
    if (!last.known || last.icount != row.icount || last.ended != row.ends) {
      SetTrouble(instance,
                 absl::StrFormat("sent %s the records of the window from icount %d to %d",
                                 last.known ? "only some of" : "none of", start_, row.icount));
      return false;
    }
    if (DigestsDiffer(last.digests, row.digests, options_.align.groups)) {
      SetTrouble(instance, absl::StrFormat("has other digests in its records of icount %d than in "
                                           "its window that ends there",
                                           row.icount));
      return false;
    }
    return true;
  }

  void SetMismatch(align::Mismatch mismatch) {
    mismatch_ = std::move(mismatch);
    // Where digests are right at window ends only, a wrong value may have come before what shows.
    const bool unsure =
        !options_.block_digests && (IsGroupKind(mismatch_.kind) || options_.align.groups != 0);
    inside_window_ = unsure && mismatch_.icount > start_;
    if (inside_window_ || (!mismatch_.last_agreed_icount.has_value() && agreed_ > 0)) {
      mismatch_.last_agreed_icount = start_;
    }
    if (!inside_window_) {
      verified_icount_ = std::max(verified_icount_, detail_->verified_icount());
    }
    state_ = Progress::kDiverged;
  }
};

WindowChecker::WindowChecker(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
WindowChecker::~WindowChecker() = default;
WindowChecker::WindowChecker(WindowChecker&&) noexcept = default;
WindowChecker& WindowChecker::operator=(WindowChecker&&) noexcept = default;

absl::Status WindowChecker::Push(size_t instance, state::WindowBatch batch) {
  return impl_->Push(instance, std::move(batch));
}
uint64_t WindowChecker::NextWindow(size_t instance) const {
  return impl_->At(instance).next_window;
}
void WindowChecker::Close(size_t instance) {
  if (!impl_->At(instance).stats.ended) impl_->At(instance).closed = true;
}
void WindowChecker::Abandon(size_t instance) {
  Close(instance);
  impl_->Abandon(instance);
}
Progress WindowChecker::Advance() { return impl_->Advance(); }
Progress WindowChecker::state() const { return impl_->state_; }
uint64_t WindowChecker::agreed_windows() const { return impl_->agreed_; }

DetailRequest WindowChecker::detail_request() const {
  return {impl_->options().align.vcpu, impl_->agreed_, impl_->start_, impl_->EndOfWindow()};
}

std::vector<size_t> WindowChecker::detail_instances() const {
  std::vector<size_t> result;
  if (impl_->state_ != Progress::kDetailWanted) return result;
  for (size_t i : impl_->active_) {
    if (impl_->detail_->Wants(i)) result.push_back(i);
  }
  return result;
}

absl::Status WindowChecker::PushDetail(size_t instance, state::Batch batch) {
  return impl_->PushDetail(instance, std::move(batch));
}
void WindowChecker::EndDetail(size_t instance) { impl_->EndDetail(instance); }
void WindowChecker::Drop(const std::vector<size_t>& instances) { impl_->Drop(instances); }

const align::Mismatch& WindowChecker::mismatch() const {
  LOCKSTEP_CHECK(impl_->state_ == Progress::kDiverged);
  return impl_->mismatch_;
}
bool WindowChecker::inside_window() const {
  LOCKSTEP_CHECK(impl_->state_ == Progress::kDiverged);
  return impl_->inside_window_;
}
const align::Trouble& WindowChecker::trouble() const {
  LOCKSTEP_CHECK(impl_->state_ == Progress::kTrouble);
  return impl_->trouble_;
}

uint64_t WindowChecker::window_start() const { return impl_->start_; }
uint64_t WindowChecker::verified_icount() const { return impl_->verified_icount_; }
uint64_t WindowChecker::boundaries() const {
  return impl_->boundaries_ + (impl_->DetailCounts() ? impl_->detail_->aligner().boundaries() : 0);
}
report::SplitCauses WindowChecker::split_causes(size_t instance) const {
  report::SplitCauses splits = impl_->At(instance).splits;
  if (impl_->DetailCounts() && impl_->detail_->MemberOf(instance).has_value()) {
    Add(impl_->detail_->StatsOf(instance).split_causes, splits);
  }
  return splits;
}
uint64_t WindowChecker::splits(size_t instance) const {
  const report::SplitCauses splits = split_causes(instance);
  return std::accumulate(splits.begin(), splits.end(), uint64_t{0});
}
uint64_t WindowChecker::verified_step() const { return impl_->verified_step_; }
uint64_t WindowChecker::details() const { return impl_->details_; }
uint64_t WindowChecker::detail_serial() const { return impl_->detail_serial_; }
bool WindowChecker::Probe() { return impl_->Probe(); }
std::vector<size_t> WindowChecker::starved() const { return impl_->starved_; }
const StreamStats& WindowChecker::stats(size_t instance) const { return impl_->At(instance).stats; }

std::vector<align::RetainedBlock> WindowChecker::Blocks(size_t instance) const {
  if (!impl_->detail_) return {};
  const std::optional<size_t> member = impl_->detail_->MemberOf(instance);
  return member ? impl_->detail_->aligner().Blocks(*member) : std::vector<align::RetainedBlock>();
}
std::vector<state::Event> WindowChecker::Fills(size_t instance) const {
  if (!impl_->detail_) return {};
  const std::optional<size_t> member = impl_->detail_->MemberOf(instance);
  return member ? impl_->detail_->aligner().Fills(*member) : std::vector<state::Event>();
}
std::vector<state::Event> WindowChecker::Events(size_t instance) const {
  if (!impl_->detail_) return {};
  const std::optional<size_t> member = impl_->detail_->MemberOf(instance);
  return member ? impl_->detail_->aligner().Events(*member) : std::vector<state::Event>();
}

}  // namespace lockstep::window
