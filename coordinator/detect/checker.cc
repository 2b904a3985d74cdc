#include "coordinator/detect/checker.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/align/aligner.h"
#include "coordinator/detect/evidence.h"
#include "coordinator/detect/vacuous.h"
#include "emulator/base/check.h"

namespace lockstep::detect {
namespace {

constexpr size_t kMaxInstances = 64;
// What credit surely lets an instance run ahead, several times over.
constexpr uint64_t kMaxSkewInsns = 65536;
// Records kept per stream beyond the rows shown, so that a trace can tell more than it shows.
constexpr uint32_t kExtraHistory = 4;

absl::Status CheckInstances(const std::vector<InstanceSpec>& instances) {
  if (instances.size() < 2 || instances.size() > kMaxInstances) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "a run compares 2 to %d instances; %d were given", kMaxInstances, instances.size()));
  }
  std::set<std::string> names;
  const InstanceSpec& first = instances.front();
  for (const InstanceSpec& instance : instances) {
    if (!names.insert(instance.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("two instances have the name ", instance.name));
    }
    if (instance.identity.vcpus == 0 || instance.identity.vcpus > 64) {
      return absl::InvalidArgumentError(absl::StrFormat("instance %s has %d vCPUs; 1 to 64 can run",
                                                        instance.name, instance.identity.vcpus));
    }
    if (instance.identity.vcpus != first.identity.vcpus) {
      return absl::InvalidArgumentError(
          absl::StrFormat("instance %s has %d vCPUs, instance %s has %d", instance.name,
                          instance.identity.vcpus, first.name, first.identity.vcpus));
    }
    if (instance.identity.guest_arch != first.identity.guest_arch) {
      return absl::InvalidArgumentError(
          absl::StrFormat("instance %s runs %s guests, instance %s runs %s", instance.name,
                          instance.identity.guest_arch, first.name, first.identity.guest_arch));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPolicy(const policy::Policy& policy) {
  const auto refuse = [](const char* field) {
    return absl::UnimplementedError(absl::StrFormat(
        "policy field %s is not supported by this version; remove it from the policy", field));
  };
  if (!policy.csr_masks.empty()) return refuse("csr_masks");
  if (!policy.volatile_ranges.empty()) return refuse("volatile_ranges");
  if (policy.async_skew_insns > kMaxSkewInsns) {
    return absl::InvalidArgumentError(
        absl::StrFormat("policy field async_skew_insns is %d; it may be %d at most",
                        policy.async_skew_insns, kMaxSkewInsns));
  }
  if (policy.async_skew_insns != 0 && policy.tlb_fills == policy::TlbFills::kCompare) {
    return absl::InvalidArgumentError(
        "policy field async_skew_insns does not go with tlb_fills: TLB_FILLS_COMPARE, as a handler "
        "that comes at another time fills the TLB at another time; leave one of them out");
  }
  return absl::OkStatus();
}

// Interrupts that are not pinned can be matched only if every instance tells what that takes.
absl::Status CheckSkewAbilities(const std::vector<InstanceSpec>& instances) {
  for (const InstanceSpec& instance : instances) {
    const uint32_t abilities = instance.identity.abilities;
    if ((abilities & state::kAbilityTraps) != 0 && (abilities & state::kAbilityLayout) != 0) {
      continue;
    }
    return absl::FailedPreconditionError(absl::StrFormat(
        "instance %s does not tell of its %s, which policy field async_skew_insns takes",
        instance.name,
        (abilities & state::kAbilityTraps) == 0 ? "exceptions and interrupts"
                                                : "blocks' instruction offsets"));
  }
  return absl::OkStatus();
}

std::string EndText(const state::End& end) {
  switch (end.reason) {
    case state::EndReason::kExit:
      return absl::StrFormat("exit code %d at icount %d", end.exit_code, end.icount);
    case state::EndReason::kLimit:
      return absl::StrFormat("limit reached at icount %d", end.icount);
    case state::EndReason::kHalted:
      return absl::StrFormat("halted for good at icount %d", end.icount);
    case state::EndReason::kStopped:
      return absl::StrFormat("stopped on request at icount %d", end.icount);
    case state::EndReason::kError:
      break;
  }
  return absl::StrCat("gave up at icount ", end.icount, end.text.empty() ? "" : ": ", end.text);
}

std::vector<report::Instance> ReportInstances(const std::vector<InstanceSpec>& specs) {
  std::vector<report::Instance> result;
  for (const InstanceSpec& spec : specs) {
    report::Instance instance;
    instance.name = spec.name;
    instance.command = spec.command;
    instance.identity = spec.identity;
    result.push_back(std::move(instance));
  }
  return result;
}

}  // namespace

absl::StatusOr<state::GroupMask> AgreeGroups(const std::vector<InstanceSpec>& instances,
                                             const policy::Policy& policy) {
  state::GroupMask groups = policy.groups;
  if (groups == 0) {
    groups = (1u << state::kGroups) - 1;
    for (const InstanceSpec& instance : instances) groups &= instance.identity.groups;
    return groups;
  }
  for (const InstanceSpec& instance : instances) {
    for (int g = 0; g < state::kGroups; ++g) {
      if ((groups & ~instance.identity.groups) >> g & 1) {
        return absl::FailedPreconditionError(absl::StrFormat(
            "instance %s cannot supply %s, which the policy demands", instance.name, GroupName(g)));
      }
    }
  }
  return groups;
}

report::Report TroubleReport(const Options& options, const std::string& instance,
                             const std::string& reason) {
  report::Report report;
  report.run_id = options.run_id;
  report.outcome = report::Outcome::kTrouble;
  report.instances = ReportInstances(options.instances);
  if (!options.instances.empty()) {
    report.vcpus = std::max<uint32_t>(1, options.instances.front().identity.vcpus);
  }
  report.trouble = report::Trouble{instance, reason};
  return report;
}

class Checker::Impl {
 public:
  Impl(Options options, state::GroupMask groups)
      : options_(std::move(options)),
        groups_(groups),
        failures_(options_.instances.size()),
        ends_(options_.instances.size()),
        dropped_(options_.instances.size(), false) {
    align::Options align;
    for (const InstanceSpec& spec : options_.instances) align.instances.push_back(spec.name);
    align.groups = groups;
    align.max_split_insns = options_.policy.max_split_insns;
    align.async_skew_insns = options_.policy.async_skew_insns;
    std::vector<std::string> without_traps;
    for (const InstanceSpec& spec : options_.instances) {
      if (!(spec.identity.abilities & state::kAbilityTraps)) without_traps.push_back(spec.name);
    }
    align.compare_traps = without_traps.empty();
    if (!without_traps.empty() && without_traps.size() < options_.instances.size()) {
      notes_.push_back("exceptions and interrupts are not compared: not told by " +
                       absl::StrJoin(without_traps, ", "));
    }
    align.compare_tlb_fills = options_.policy.tlb_fills == policy::TlbFills::kCompare;
    align.history_blocks = kExtraHistory * options_.history_blocks;
    align.history_fills = kExtraHistory * options_.history_fills;
    align.history_events = kExtraHistory * options_.history_events;
    const uint32_t vcpus = options_.instances.front().identity.vcpus;
    for (uint32_t v = 0; v < vcpus; ++v) {
      align.vcpu = v;
      aligners_.emplace_back(align);
    }
    evidence_.instances = align.instances;
    evidence_.guest_arch = options_.instances.front().identity.guest_arch;
    evidence_.history_blocks = options_.history_blocks;
    evidence_.history_fills = options_.history_fills;
    evidence_.history_events = options_.history_events;
    evidence_.retained_fills = align.history_fills;
    evidence_.retained_events = align.history_events;
  }

  state::GroupMask groups() const { return groups_; }
  uint32_t vcpus() const { return static_cast<uint32_t>(aligners_.size()); }

  absl::Status Push(size_t instance, state::Batch batch) {
    CheckInstance(instance);
    if (batch.vcpu >= aligners_.size()) {
      return Refuse(instance, absl::StrFormat("sends records of vCPU %d; it declared %d",
                                              batch.vcpu, aligners_.size()));
    }
    align::VcpuAligner& aligner = aligners_[batch.vcpu];
    return aligner.Push(instance, std::move(batch));
  }

  absl::Status Refuse(size_t instance, const std::string& reason) {
    CheckInstance(instance);
    SetTrouble(instance, reason);
    return absl::InvalidArgumentError(absl::StrCat("instance ", Name(instance), ": ", reason));
  }

  const align::StreamStats& Stats(size_t instance, uint32_t vcpu) const {
    CheckInstance(instance);
    LOCKSTEP_CHECK(vcpu < aligners_.size()) << vcpu;
    return aligners_[vcpu].stats(instance);
  }

  Progress Advance() {
    while (!final_) {
      const std::optional<size_t> first = AdvanceVcpus();
      if (first) {
        if (!OthersHavePassed(*first)) break;
        TakeDivergence(*first);
        continue;
      }
      Settle();
      break;
    }
    return progress_;
  }

  Summary summary() const {
    Summary summary;
    summary.instances.resize(options_.instances.size());
    for (const align::VcpuAligner& aligner : aligners_) {
      summary.verified_insns += aligner.verified_icount();
      summary.boundaries += aligner.boundaries();
      summary.splits += aligner.splits();
    }
    for (size_t i = 0; i < summary.instances.size(); ++i) {
      auto& instance = summary.instances[i];
      instance.ended = true;
      instance.dropped = dropped_[i];
      for (const align::VcpuAligner& aligner : aligners_) {
        const align::StreamStats& stats = aligner.stats(i);
        instance.records_received += stats.records_received;
        instance.blocks_received += stats.blocks;
        instance.received_insns += stats.received_icount;
        instance.ended = instance.ended && stats.ended;
      }
    }
    return summary;
  }

  void InstanceFailed(size_t instance, const std::string& reason) {
    CheckInstance(instance);
    if (failures_[instance].empty()) failures_[instance] = reason.empty() ? "failed" : reason;
    for (align::VcpuAligner& aligner : aligners_) aligner.Close(instance);
  }

  void SetInstanceEnd(size_t instance, const std::string& text) {
    CheckInstance(instance);
    ends_[instance] = text;
  }

  void Finish(const std::string& reason) {
    finished_ = true;
    Advance();
    if (!final_) {
      // A divergence that waited for the other vCPUs is told all the same.
      if (const std::optional<size_t> first = FirstDiverged()) {
        TakeDivergence(*first);
        final_ = true;
        progress_ = Progress::kDiverged;
        return;
      }
      if (divergence_) {
        notes_.push_back(absl::StrCat("among the others: ", reason));
        final_ = true;
        progress_ = Progress::kDiverged;
        return;
      }
      const std::vector<size_t> starved = Starved();
      SetTrouble(starved.size() == 1 ? std::optional<size_t>(starved.front()) : std::nullopt,
                 reason);
      return;
    }
    if (progress_ == Progress::kComplete) CheckNotVacuous();
  }

  report::Report Report(const store::SymbolSource& symbols) const {
    LOCKSTEP_CHECK(finished_) << "Report() before Finish()";
    report::Report report;
    report.run_id = options_.run_id;
    report.vcpus = vcpus();
    report.instances = ReportInstances(options_.instances);
    for (size_t i = 0; i < report.instances.size(); ++i) FillInstance(i, &report.instances[i]);
    report.compared = frozen_ ? *frozen_ : ComparedNow();
    report.notes = notes_;
    switch (progress_) {
      case Progress::kComplete:
        report.outcome = report::Outcome::kIdentical;
        break;
      case Progress::kDiverged:
        report.outcome = report::Outcome::kDiverged;
        report.divergence = divergence_;
        Symbolise(symbols, &*report.divergence);
        break;
      default:
        report.outcome = report::Outcome::kTrouble;
        report.trouble = trouble_;
    }
    return report;
  }

 private:
  void CheckInstance(size_t instance) const {
    LOCKSTEP_CHECK(instance < options_.instances.size()) << instance;
  }
  const std::string& Name(size_t instance) const { return options_.instances[instance].name; }

  // Takes every vCPU as far as it goes, but none past the first divergence. Returns the vCPU of
  // that, if there is one.
  std::optional<size_t> AdvanceVcpus() {
    for (;;) {
      const std::optional<size_t> before = FirstDiverged();
      const uint64_t limit = before ? aligners_[*before].mismatch().step : UINT64_MAX;
      for (size_t v = 0; v < aligners_.size(); ++v) {
        if (v != before) aligners_[v].Advance(limit);
      }
      const std::optional<size_t> after = FirstDiverged();
      if (after == before) return after;
    }
  }

  // The diverged vCPU with the smallest step.
  std::optional<size_t> FirstDiverged() const {
    std::optional<size_t> first;
    for (size_t v = 0; v < aligners_.size(); ++v) {
      if (aligners_[v].state() != align::Progress::kDiverged) continue;
      if (!first || aligners_[v].mismatch().step < aligners_[*first].mismatch().step) first = v;
    }
    return first;
  }

  // Whether no vCPU but `first` can still show an earlier divergence.
  bool OthersHavePassed(size_t first) const {
    for (size_t v = 0; v < aligners_.size(); ++v) {
      if (v == first || aligners_[v].state() != align::Progress::kNeedMore) continue;
      const std::vector<size_t> starved = aligners_[v].starved();
      const bool hopeless = std::any_of(starved.begin(), starved.end(),
                                        [&](size_t i) { return !failures_[i].empty(); });
      if (!hopeless) return false;
    }
    return true;
  }

  void TakeDivergence(size_t vcpu) {
    const align::Mismatch& mismatch = aligners_[vcpu].mismatch();
    if (divergence_) {
      notes_.push_back(absl::StrFormat("after that, at icount %d of vCPU %d: %s", mismatch.icount,
                                       vcpu, mismatch.detail));
    } else {
      evidence_.vcpu = static_cast<uint32_t>(vcpu);
      divergence_ = BuildDivergence(aligners_[vcpu], evidence_);
      if (options_.policy.async_skew_insns != 0 &&
          (mismatch.kind == report::Kind::kInterrupt || aligners_[vcpu].skews().count != 0)) {
        divergence_->narrowing_note =
            "not narrowed to one instruction: interrupts are not pinned, so that a second pass "
            "would not repeat the first";
      }
      named_ = mismatch.outliers;
      frozen_ = ComparedNow();
    }
    const std::vector<size_t> outliers = mismatch.outliers;
    const uint64_t icount = mismatch.icount;
    size_t remaining = 0;
    for (size_t i = 0; i < dropped_.size(); ++i) {
      remaining += !dropped_[i] && std::count(outliers.begin(), outliers.end(), i) == 0;
    }
    if (options_.policy.on_divergence != policy::OnDivergence::kDropOutliers || remaining < 2) {
      final_ = true;
      progress_ = Progress::kDiverged;
      return;
    }
    std::vector<std::string> names;
    for (size_t i : outliers) {
      dropped_[i] = true;
      names.push_back(Name(i));
    }
    for (align::VcpuAligner& aligner : aligners_) aligner.Drop(outliers);
    notes_.push_back(absl::StrFormat("compared on without %s from icount %d",
                                     absl::StrJoin(names, ", "), icount));
  }

  // No vCPU has diverged: is it complete, or in trouble?
  void Settle() {
    bool complete = true;
    for (const align::VcpuAligner& aligner : aligners_) {
      if (aligner.state() == align::Progress::kTrouble) {
        SetTrouble(aligner.trouble().instance, aligner.trouble().reason);
        return;
      }
      if (aligner.state() != align::Progress::kComplete) complete = false;
      for (size_t i : aligner.starved()) {
        if (failures_[i].empty()) continue;
        uint64_t received = 0;
        for (const auto& any : aligners_) received += any.stats(i).received_end_icount;
        SetTrouble(i, absl::StrFormat("%s at icount<=%d", failures_[i], received));
        return;
      }
    }
    if (!complete) return;
    for (size_t v = 0; v < aligners_.size(); ++v) {
      const std::optional<uint64_t> cut_at = aligners_[v].skews().cut_at;
      if (!cut_at) continue;
      notes_.push_back(absl::StrFormat(
          "vCPU %d is compared up to icount %d: there one instance took an interrupt that another "
          "had not taken when it reached the limit",
          v, *cut_at));
    }
    final_ = true;
    progress_ = divergence_ ? Progress::kDiverged : Progress::kComplete;
    if (divergence_) notes_.push_back("the others agree to their end");
  }

  void SetTrouble(std::optional<size_t> instance, const std::string& reason) {
    if (final_) return;
    final_ = true;
    if (divergence_) {  // found before
      progress_ = Progress::kDiverged;
      notes_.push_back(
          absl::StrCat("among the others: ", instance ? Name(*instance) : "the run", " ", reason));
      return;
    }
    progress_ = Progress::kTrouble;
    trouble_ = report::Trouble{instance ? Name(*instance) : "",
                               absl::StrFormat("%s; verified to %d", reason, ComparedNow().insns)};
  }

  std::vector<size_t> Starved() const {
    std::set<size_t> starved;
    for (const align::VcpuAligner& aligner : aligners_) {
      for (size_t i : aligner.starved()) starved.insert(i);
    }
    return {starved.begin(), starved.end()};
  }

  // REQUIRES: every stream ended and all agree.
  void CheckNotVacuous() {
    frozen_ = ComparedNow();
    Activity activity;
    activity.compared = frozen_->blocks;
    activity.groups = groups_;
    activity.demanded = options_.policy.groups;
    for (size_t i = 0; i < options_.instances.size(); ++i) {
      InstanceActivity instance{Name(i), options_.instances[i].identity.engine};
      for (const align::VcpuAligner& aligner : aligners_) {
        instance.blocks += aligner.stats(i).blocks;
        instance.translations += aligner.stats(i).infos;
      }
      activity.instances.push_back(std::move(instance));
    }
    for (const align::VcpuAligner& aligner : aligners_) {
      activity.groups_changed |= aligner.stats(0).groups_changed;
      activity.groups_nonzero |= aligner.stats(0).groups_nonzero;
    }
    const Proof proof = Judge(activity);
    notes_.insert(notes_.end(), proof.notes.begin(), proof.notes.end());
    frozen_->groups &= ~proof.unchanged;
    if (!proof.trouble) return;
    progress_ = Progress::kTrouble;
    trouble_ = proof.trouble;
  }

  report::Compared ComparedNow() const {
    report::Compared compared;
    compared.groups = groups_;
    compared.digest_at = options_.digest_at;
    compared.stream_mode = state::StreamMode::kDense;
    for (const align::VcpuAligner& aligner : aligners_) {
      compared.insns += aligner.verified_icount();
      compared.blocks += aligner.boundaries();
      compared.splits += aligner.splits();
      align::Skews skews = aligner.skews();
      compared.skews += skews.count;
      compared.max_skew_insns = std::max(compared.max_skew_insns, skews.max_insns);
      for (report::Skew& skew : skews.list) {
        if (compared.skew_list.size() == report::kMaxListedSkews) break;
        compared.skew_list.push_back(std::move(skew));
      }
    }
    for (size_t i = 0; i < options_.instances.size(); ++i) {
      report::SplitCount count{Name(i), 0, {}};
      for (const align::VcpuAligner& aligner : aligners_) {
        const align::StreamStats& stats = aligner.stats(i);
        count.splits += stats.splits;
        for (int c = 0; c < report::kSplitCauses; ++c) count.causes[c] += stats.split_causes[c];
        compared.records += stats.records_received;
      }
      for (int c = 0; c < report::kSplitCauses; ++c) compared.split_causes[c] += count.causes[c];
      compared.split_counts.push_back(std::move(count));
    }
    return compared;
  }

  void FillInstance(size_t i, report::Instance* instance) const {
    instance->outlier = std::count(named_.begin(), named_.end(), i) != 0;
    std::vector<std::string> ends;
    for (const align::VcpuAligner& aligner : aligners_) {
      const align::StreamStats& stats = aligner.stats(i);
      instance->records += stats.records_received;
      instance->blocks += stats.blocks;
      if (stats.end) ends.push_back(EndText(*stats.end));
    }
    if (!ends.empty()) instance->end = ends.front();
    if (!failures_[i].empty() && ends.size() < aligners_.size()) instance->end = failures_[i];
    if (!ends_[i].empty()) {
      instance->end =
          instance->end.empty() ? ends_[i] : absl::StrCat(instance->end, "; ", ends_[i]);
    }
  }

  Options options_;
  state::GroupMask groups_;
  std::vector<std::string> failures_;  // by instance; empty: none
  std::vector<std::string> ends_;      // as set by SetInstanceEnd()
  std::vector<bool> dropped_;
  std::vector<align::VcpuAligner> aligners_;  // by vCPU
  EvidenceOptions evidence_;

  bool final_ = false;
  bool finished_ = false;
  Progress progress_ = Progress::kNeedMore;
  std::optional<report::Divergence> divergence_;
  std::optional<report::Trouble> trouble_;
  std::optional<report::Compared> frozen_;  // as of the first divergence or the end
  std::vector<size_t> named_;               // outliers of the first divergence
  std::vector<std::string> notes_;
};

Checker::Checker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Checker::~Checker() = default;

absl::StatusOr<std::unique_ptr<Checker>> Checker::Create(Options options) {
  if (absl::Status status = CheckInstances(options.instances); !status.ok()) return status;
  if (absl::Status status = CheckPolicy(options.policy); !status.ok()) return status;
  if (options.policy.async_skew_insns != 0) {
    if (absl::Status status = CheckSkewAbilities(options.instances); !status.ok()) return status;
  }
  const absl::StatusOr<state::GroupMask> groups = AgreeGroups(options.instances, options.policy);
  if (!groups.ok()) return groups.status();
  return std::unique_ptr<Checker>(new Checker(std::make_unique<Impl>(std::move(options), *groups)));
}

absl::StatusOr<std::unique_ptr<Comparison>> CreateComparison(Options options) {
  return Checker::Create(std::move(options));
}

state::GroupMask Checker::groups() const { return impl_->groups(); }
state::StreamTerms Checker::terms() const { return {.groups = impl_->groups()}; }
uint32_t Checker::vcpus() const { return impl_->vcpus(); }
absl::Status Checker::Push(size_t instance, state::Batch batch) {
  return impl_->Push(instance, std::move(batch));
}
absl::Status Checker::PushWindows(size_t instance, state::WindowBatch) {
  return impl_->Refuse(instance, "sends windows in a dense run");
}
absl::Status Checker::PushDetail(size_t instance, state::DetailReply) {
  return impl_->Refuse(instance, "sends details in a dense run");
}
uint64_t Checker::AgreedWindows(uint32_t) const { return 0; }
uint64_t Checker::NextSequence(size_t instance, uint32_t vcpu) const {
  return impl_->Stats(instance, vcpu).batches;
}
uint64_t Checker::ConsumedRecords(size_t instance, uint32_t vcpu) const {
  return impl_->Stats(instance, vcpu).records_consumed;
}
uint64_t Checker::ReceivedRecords(size_t instance, uint32_t vcpu) const {
  return impl_->Stats(instance, vcpu).records_received;
}
Progress Checker::Advance() { return impl_->Advance(); }
Summary Checker::summary() const { return impl_->summary(); }
void Checker::InstanceFailed(size_t instance, const std::string& reason, bool) {
  impl_->InstanceFailed(instance, reason);
}
void Checker::SetInstanceEnd(size_t instance, const std::string& text) {
  impl_->SetInstanceEnd(instance, text);
}
void Checker::Finish(const std::string& reason) { impl_->Finish(reason); }
report::Report Checker::Report(const store::SymbolSource& symbols) const {
  return impl_->Report(symbols);
}

}  // namespace lockstep::detect
