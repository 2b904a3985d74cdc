#include "coordinator/detect/run_checker.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
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

// Where comparing begins is told in the instructions of one vCPU.
absl::Status CheckStart(const Options& options) {
  if (options.start_icount == 0) return absl::OkStatus();
  if (options.instances.front().identity.vcpus > 1) {
    return absl::InvalidArgumentError(
        absl::StrFormat("a run of %d vCPUs is compared from its start, not from icount %d on",
                        options.instances.front().identity.vcpus, options.start_icount));
  }
  if (options.policy.async_skew_insns != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "policy field async_skew_insns needs the run from its start, not from icount %d on",
        options.start_icount));
  }
  return absl::OkStatus();
}

// What the policy needs of every producer, where the groups that it is about are compared.
absl::Status CheckAbilities(const std::vector<InstanceSpec>& instances,
                            const policy::Policy& policy, state::GroupMask groups) {
  const auto compared = [groups](state::Group group) {
    return (groups & state::MaskOf(group)) != 0;
  };
  const bool masks =
      std::any_of(policy.csr_masks.begin(), policy.csr_masks.end(), [&](const auto& mask) {
        return compared(mask.csr == "fcsr" ? state::Group::kFpr : state::Group::kCsr);
      });
  const struct {
    const char* field;
    bool needed;
    uint32_t ability;
    const char* name;
  } needs[] = {
      {"csr_masks", masks, state::kAbilityMasks, "MASKS"},
      {"extra_csrs", !policy.extra_csrs.empty(), state::kAbilityMasks, "MASKS"},
      {"volatile_ranges", !policy.volatile_ranges.empty() && compared(state::Group::kMem),
       state::kAbilityRanges, "RANGES"},
  };
  for (const InstanceSpec& instance : instances) {
    for (const auto& need : needs) {
      if (!need.needed || (instance.identity.abilities & need.ability) != 0) continue;
      return absl::FailedPreconditionError(absl::StrFormat(
          "instance %s cannot honour policy field %s: its producer lacks ability %s", instance.name,
          need.field, need.name));
    }
    if (!policy.extra_csrs.empty() && !(instance.identity.groups & MaskOf(state::Group::kCsr))) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "instance %s cannot supply csr, which policy field extra_csrs adds to", instance.name));
    }
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

absl::Status CheckPolicy(const policy::Policy& policy) {
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

report::Trouble TroubleOf(const std::vector<InstanceSpec>& instances, const absl::Status& status) {
  const std::string reason(status.message());
  for (const InstanceSpec& instance : instances) {
    const std::string start = absl::StrCat("instance ", instance.name, " ");
    if (reason.compare(0, start.size(), start) == 0) {
      return {instance.name, reason.substr(start.size())};
    }
  }
  return {"", reason};
}

absl::StatusOr<state::GroupMask> AgreeGroups(const std::vector<InstanceSpec>& instances,
                                             const policy::Policy& policy) {
  state::GroupMask groups = policy.groups;
  if (groups == 0) {
    groups = (1u << state::kGroups) - 1;
    for (const InstanceSpec& instance : instances) groups &= instance.identity.groups;
  }
  for (const InstanceSpec& instance : instances) {
    for (int g = 0; g < state::kGroups; ++g) {
      if ((groups & ~instance.identity.groups) >> g & 1) {
        return absl::FailedPreconditionError(absl::StrFormat(
            "instance %s cannot supply %s, which the policy demands", instance.name, GroupName(g)));
      }
    }
  }
  if (absl::Status able = CheckAbilities(instances, policy, groups); !able.ok()) return able;
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

absl::StatusOr<state::GroupMask> CheckOptions(const Options& options) {
  if (absl::Status status = CheckInstances(options.instances); !status.ok()) return status;
  if (absl::Status status = CheckStart(options); !status.ok()) return status;
  if (absl::Status status = CheckPolicy(options.policy); !status.ok()) return status;
  if (options.policy.async_skew_insns != 0) {
    if (absl::Status status = CheckSkewAbilities(options.instances); !status.ok()) return status;
  }
  return AgreeGroups(options.instances, options.policy);
}

RunChecker::RunChecker(Options options, state::GroupMask groups, state::StreamMode mode)
    : options_(std::move(options)),
      groups_(groups),
      mode_(mode),
      failures_(options_.instances.size()),
      ends_(options_.instances.size()),
      dropped_(options_.instances.size(), false) {
  std::vector<std::string> without_traps;
  for (const InstanceSpec& spec : options_.instances) {
    evidence_.instances.push_back(spec.name);
    if (!(spec.identity.abilities & state::kAbilityTraps)) without_traps.push_back(spec.name);
  }
  compare_traps_ = without_traps.empty();
  if (!without_traps.empty() && without_traps.size() < options_.instances.size()) {
    notes_.push_back("exceptions and interrupts are not compared: not told by " +
                     absl::StrJoin(without_traps, ", "));
  }
  const align::Options align = AlignOptions(0);
  evidence_.csr_masks = options_.policy.csr_masks;
  evidence_.guest_arch = options_.instances.front().identity.guest_arch;
  evidence_.history_blocks = options_.history_blocks;
  evidence_.history_fills = options_.history_fills;
  evidence_.history_events = options_.history_events;
  evidence_.retained_fills = align.history_fills;
  evidence_.retained_events = align.history_events;
}

align::Options RunChecker::AlignOptions(uint32_t vcpu) const {
  align::Options align;
  align.instances = evidence_.instances;
  align.vcpu = vcpu;
  align.groups = groups_;
  align.start_icount = options_.start_icount;
  align.max_split_insns = options_.policy.max_split_insns;
  align.async_skew_insns = options_.policy.async_skew_insns;
  align.compare_traps = compare_traps_;
  align.compare_tlb_fills = options_.policy.tlb_fills == policy::TlbFills::kCompare;
  align.history_blocks = kExtraHistory * options_.history_blocks;
  align.history_fills = kExtraHistory * options_.history_fills;
  align.history_events = kExtraHistory * options_.history_events;
  return align;
}

void RunChecker::CheckInstance(size_t instance) const {
  LOCKSTEP_CHECK(instance < options_.instances.size()) << instance;
}

absl::Status RunChecker::Refuse(size_t instance, const std::string& reason) {
  CheckInstance(instance);
  SetTrouble(instance, reason);
  return absl::InvalidArgumentError(absl::StrCat("instance ", Name(instance), ": ", reason));
}

Progress RunChecker::Advance() {
  while (!final_) {
    const std::optional<size_t> first = AdvanceLanes();
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

Summary RunChecker::summary() const {
  Summary summary;
  summary.instances.resize(options_.instances.size());
  for (const auto& lane : lanes_) {
    summary.verified_insns += lane->verified_icount();
    summary.vcpu_insns.push_back(lane->verified_icount());
    summary.boundaries += lane->boundaries();
    summary.splits += lane->splits();
  }
  for (size_t i = 0; i < summary.instances.size(); ++i) {
    auto& instance = summary.instances[i];
    instance.ended = true;
    instance.dropped = dropped_[i];
    for (const auto& lane : lanes_) {
      const align::StreamStats stats = lane->stats(i);
      instance.records_received += stats.records_received;
      instance.blocks_received += stats.blocks;
      instance.received_insns += stats.received_icount;
      summary.sums = summary.sums || lane->sums(i);
      instance.ended = instance.ended && stats.ended;
    }
  }
  return summary;
}

void RunChecker::InstanceFailed(size_t instance, const std::string& reason, bool reachable) {
  CheckInstance(instance);
  if (failures_[instance].empty()) failures_[instance] = reason.empty() ? "failed" : reason;
  for (const auto& lane : lanes_) lane->Close(instance, reachable);
}

void RunChecker::SetInstanceEnd(size_t instance, const std::string& text) {
  CheckInstance(instance);
  ends_[instance] = text;
}

void RunChecker::Finish(const std::string& reason) {
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
    SetTrouble(starved.size() == 1 ? std::optional<size_t>(starved.front()) : std::nullopt, reason);
    return;
  }
  if (progress_ == Progress::kComplete) CheckNotVacuous();
}

report::Report RunChecker::Report(const store::SymbolSource& symbols) const {
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
      if (report.vcpus > 1 && options_.digest_at == state::DigestAt::kWindow) {
        report.notes.push_back(
            "with digests at window ends a vCPU's error can reach another one within a window, "
            "which is then named in its place; without --digest=window the first one is");
      }
      break;
    default:
      report.outcome = report::Outcome::kTrouble;
      report.trouble = trouble_;
  }
  return report;
}

// Takes every vCPU as far as it goes, but none past the first divergence. Returns the vCPU of
// that, if there is one.
std::optional<size_t> RunChecker::AdvanceLanes() {
  for (;;) {
    const std::optional<size_t> before = FirstDiverged();
    const uint64_t limit = before ? lanes_[*before]->mismatch().step : UINT64_MAX;
    for (size_t v = 0; v < lanes_.size(); ++v) {
      if (v != before) lanes_[v]->Advance(limit);
    }
    const std::optional<size_t> after = FirstDiverged();
    if (after == before) return after;
  }
}

// The diverged vCPU with the smallest step.
std::optional<size_t> RunChecker::FirstDiverged() const {
  std::optional<size_t> first;
  for (size_t v = 0; v < lanes_.size(); ++v) {
    if (lanes_[v]->state() != Lane::State::kDiverged) continue;
    if (!first || lanes_[v]->mismatch().step < lanes_[*first]->mismatch().step) first = v;
  }
  return first;
}

bool RunChecker::StopsAtDivergence(const std::vector<size_t>& outliers) const {
  size_t remaining = 0;
  for (size_t i = 0; i < dropped_.size(); ++i) {
    remaining += !dropped_[i] && std::count(outliers.begin(), outliers.end(), i) == 0;
  }
  return options_.policy.on_divergence != policy::OnDivergence::kDropOutliers || remaining < 2;
}

// Whether no vCPU but `first` can still show an earlier divergence.
bool RunChecker::OthersHavePassed(size_t first) const {
  const uint64_t step = lanes_[first]->mismatch().step;
  for (size_t v = 0; v < lanes_.size(); ++v) {
    const Lane& lane = *lanes_[v];
    if (v == first || lane.state() != Lane::State::kOpen || lane.Passed(step)) continue;
    const std::vector<size_t> starved = lane.starved();
    const bool hopeless = std::any_of(starved.begin(), starved.end(),
                                      [&](size_t i) { return !failures_[i].empty(); });
    if (!hopeless) return false;
  }
  return true;
}

void RunChecker::TakeDivergence(size_t vcpu) {
  const align::Mismatch& mismatch = lanes_[vcpu]->mismatch();
  if (divergence_) {
    notes_.push_back(absl::StrFormat("after that, at icount %d of vCPU %d: %s", mismatch.icount,
                                     vcpu, mismatch.detail));
  } else {
    evidence_.vcpu = static_cast<uint32_t>(vcpu);
    evidence_.inside_window = lanes_[vcpu]->inside_window();
    std::vector<Trail> trails;
    for (size_t i = 0; i < dropped_.size(); ++i) trails.push_back(lanes_[vcpu]->TrailOf(i));
    divergence_ = BuildDivergence(mismatch, trails, evidence_);
    if (options_.policy.async_skew_insns != 0 &&
        (mismatch.kind == report::Kind::kInterrupt || lanes_[vcpu]->skews().count != 0)) {
      divergence_->narrowing_note =
          "not narrowed to one instruction: interrupts are not pinned, so that a second pass "
          "would not repeat the first";
    }
    named_ = mismatch.outliers;
    frozen_ = ComparedNow();
  }
  const std::vector<size_t> outliers = mismatch.outliers;
  const uint64_t icount = mismatch.icount;
  if (StopsAtDivergence(outliers)) {
    final_ = true;
    progress_ = Progress::kDiverged;
    return;
  }
  std::vector<std::string> names;
  for (size_t i : outliers) {
    dropped_[i] = true;
    names.push_back(Name(i));
  }
  for (const auto& lane : lanes_) lane->Drop(outliers);
  notes_.push_back(
      absl::StrFormat("compared on without %s from icount %d", absl::StrJoin(names, ", "), icount));
}

// No vCPU has diverged: is it complete, or in trouble?
void RunChecker::Settle() {
  bool complete = true;
  for (const auto& lane : lanes_) {
    if (lane->state() == Lane::State::kTrouble) {
      const align::Trouble trouble = lane->trouble();
      SetTrouble(trouble.instance, trouble.reason);
      return;
    }
    if (lane->state() != Lane::State::kComplete) complete = false;
    for (size_t i : lane->starved()) {
      if (failures_[i].empty()) continue;
      uint64_t received = 0;
      for (const auto& any : lanes_) received += any->stats(i).received_end_icount;
      SetTrouble(i, absl::StrFormat("%s at icount<=%d", failures_[i], received));
      return;
    }
  }
  if (!complete) return;
  for (size_t v = 0; v < lanes_.size(); ++v) {
    const std::optional<uint64_t> cut_at = lanes_[v]->skews().cut_at;
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

void RunChecker::SetTrouble(std::optional<size_t> instance, const std::string& reason) {
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

std::vector<size_t> RunChecker::Starved() const {
  std::set<size_t> starved;
  for (const auto& lane : lanes_) {
    for (size_t i : lane->starved()) starved.insert(i);
  }
  return {starved.begin(), starved.end()};
}

// REQUIRES: every stream ended and all agree.
void RunChecker::CheckNotVacuous() {
  frozen_ = ComparedNow();
  Activity activity;
  activity.compared = frozen_->sums ? frozen_->insns : frozen_->blocks;
  activity.groups = groups_;
  activity.demanded = options_.policy.groups;
  for (size_t i = 0; i < options_.instances.size(); ++i) {
    InstanceActivity instance{Name(i), options_.instances[i].identity.engine};
    for (const auto& lane : lanes_) {
      instance.blocks += lane->stats(i).blocks;
      instance.translations += lane->stats(i).infos;
      instance.sums = instance.sums || lane->sums(i);
    }
    activity.instances.push_back(std::move(instance));
  }
  for (const auto& lane : lanes_) {
    activity.groups_changed |= lane->stats(0).groups_changed;
    activity.groups_nonzero |= lane->stats(0).groups_nonzero;
  }
  const Proof proof = Judge(activity);
  notes_.insert(notes_.end(), proof.notes.begin(), proof.notes.end());
  frozen_->groups &= ~proof.unchanged;
  if (!proof.trouble) return;
  progress_ = Progress::kTrouble;
  trouble_ = proof.trouble;
}

report::Compared RunChecker::ComparedNow() const {
  report::Compared compared;
  compared.groups = groups_;
  compared.digest_at = options_.digest_at;
  compared.stream_mode = mode_;
  for (const auto& lane : lanes_) {
    compared.insns += lane->verified_icount();
    if (lanes_.size() > 1) compared.vcpu_insns.push_back(lane->verified_icount());
    compared.blocks += lane->boundaries();
    compared.splits += lane->splits();
    compared.windows += lane->windows();
    compared.detailed_windows += lane->detailed_windows();
    align::Skews skews = lane->skews();
    compared.skews += skews.count;
    compared.max_skew_insns = std::max(compared.max_skew_insns, skews.max_insns);
    for (report::Skew& skew : skews.list) {
      if (compared.skew_list.size() == report::kMaxListedSkews) break;
      compared.skew_list.push_back(std::move(skew));
    }
  }
  for (size_t i = 0; i < options_.instances.size(); ++i) {
    report::SplitCount count{Name(i), 0, {}};
    for (const auto& lane : lanes_) {
      const align::StreamStats stats = lane->stats(i);
      count.splits += stats.splits;
      for (int c = 0; c < report::kSplitCauses; ++c) count.causes[c] += stats.split_causes[c];
      compared.records += stats.records_received;
      compared.sums = compared.sums || lane->sums(i);
    }
    for (int c = 0; c < report::kSplitCauses; ++c) compared.split_causes[c] += count.causes[c];
    compared.split_counts.push_back(std::move(count));
  }
  return compared;
}

void RunChecker::FillInstance(size_t i, report::Instance* instance) const {
  instance->outlier = std::count(named_.begin(), named_.end(), i) != 0;
  std::vector<std::string> ends;
  for (const auto& lane : lanes_) {
    const align::StreamStats stats = lane->stats(i);
    instance->records += stats.records_received;
    instance->blocks += stats.blocks;
    if (stats.end) ends.push_back(EndText(*stats.end));
  }
  if (!ends.empty()) instance->end = ends.front();
  if (!failures_[i].empty() && ends.size() < lanes_.size()) instance->end = failures_[i];
  if (!ends_[i].empty()) {
    instance->end = instance->end.empty() ? ends_[i] : absl::StrCat(instance->end, "; ", ends_[i]);
  }
}

}  // namespace lockstep::detect
