#include "coordinator/window/detail.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "emulator/base/check.h"

namespace lockstep::window {
namespace {

align::Options AlignerOptions(const Options& options, const std::vector<size_t>& members,
                              uint64_t start) {
  align::Options result = options.align;
  result.instances.clear();
  for (size_t instance : members) result.instances.push_back(options.align.instances[instance]);
  result.start_icount = start;
  return result;
}

}  // namespace

Detail::Detail(const Options& options, std::vector<size_t> members, uint64_t start, uint64_t end)
    : options_(options),
      members_(std::move(members)),
      start_(start),
      end_(end),
      aligner_(AlignerOptions(options, members_, start)),
      streams_(members_.size()) {}

std::optional<size_t> Detail::MemberOf(size_t instance) const {
  const auto it = std::lower_bound(members_.begin(), members_.end(), instance);
  if (it == members_.end() || *it != instance) return std::nullopt;
  return static_cast<size_t>(it - members_.begin());
}

bool Detail::Wants(size_t instance) const {
  const std::optional<size_t> member = MemberOf(instance);
  return member.has_value() && !streams_[*member].done;
}

bool Detail::AllDone() const {
  return std::all_of(streams_.begin(), streams_.end(), [](const Stream& s) { return s.done; });
}

bool Detail::DigestsRightAt(uint64_t icount) const {
  if (options_.block_digests) return true;
  return icount == end_ || (icount == start_ && start_ % options_.window_insns == 0);
}

// Notes what stands at the window's end, and puts 0 in place of digests that are not right where
// they stand.
void Detail::KeepRightDigests(Stream& stream, state::Batch& batch) const {
  const bool all_right = options_.block_digests;
  std::vector<state::Placed<state::GroupUpdate>> updates;
  size_t update = 0;
  const auto take_updates = [&](uint32_t before) {
    for (; update < batch.group_updates.size() && batch.group_updates[update].before <= before;
         ++update) {
      const state::GroupUpdate& value = batch.group_updates[update].value;
      const size_t group = static_cast<size_t>(value.group);
      if (group < stream.groups.size()) stream.groups[group] = value.digest;
    }
  };
  const uint32_t n = static_cast<uint32_t>(batch.block_ids.size());
  for (uint32_t i = 0; i < n; ++i) {
    take_updates(i);
    const uint64_t icount = batch.first_icount + batch.icount_offsets[i];
    const bool right = DigestsRightAt(icount);
    if (i + 1 == n) {
      stream.last = {true, icount, stream.groups, false};
      if (i < batch.gpr_digests.size()) stream.last.digests[0] = batch.gpr_digests[i];
    }
    if (all_right) continue;
    for (size_t g = 1; g < stream.groups.size(); ++g) {
      const uint64_t digest = right ? stream.groups[g] : 0;
      if (stream.given[g] == digest) continue;
      stream.given[g] = digest;
      updates.push_back({i, {static_cast<state::Group>(g), digest}});
    }
    if (!right && i < batch.gpr_digests.size()) batch.gpr_digests[i] = 0;
  }
  take_updates(n);
  if (!all_right) batch.group_updates = std::move(updates);
  if (batch.end) stream.last = {true, batch.end->icount, batch.end->digests, true};
}

absl::Status Detail::Push(size_t instance, state::Batch batch) {
  const std::optional<size_t> member = MemberOf(instance);
  LOCKSTEP_CHECK(member.has_value()) << instance;
  Stream& stream = streams_[*member];
  stream.slots += batch.records + batch.block_ids.size() + batch.events.size();
  if (stream.slots > options_.max_detail_slots) {
    return absl::InvalidArgumentError(
        absl::StrFormat("sends more than %d slots of records of the window from icount %d to %d",
                        options_.max_detail_slots, start_, end_));
  }
  const size_t n = batch.block_ids.size();
  // Lengths are checked again by the aligner, which refuses the batch then.
  if (batch.icount_offsets.size() == n &&
      (batch.gpr_digests.empty() || batch.gpr_digests.size() == n)) {
    for (uint32_t offset : batch.icount_offsets) {
      if (batch.first_icount > end_ || offset > end_ - batch.first_icount) {
        return absl::InvalidArgumentError(
            absl::StrFormat("sends a block at icount %d as a record of the window from icount %d "
                            "to %d",
                            batch.first_icount + offset, start_, end_));
      }
    }
    KeepRightDigests(stream, batch);
  }
  if (!options_.compare_traps) {
    std::erase_if(batch.events, [](const auto& placed) {
      return placed.value.kind == state::EventKind::kException ||
             placed.value.kind == state::EventKind::kInterrupt;
    });
  }
  batch.sequence = stream.batches++;
  return aligner_.Push(*member, std::move(batch));
}

void Detail::End(size_t instance, bool complete) {
  const std::optional<size_t> member = MemberOf(instance);
  LOCKSTEP_CHECK(member.has_value()) << instance;
  streams_[*member].done = true;
  if (complete) aligner_.Close(*member);
}

align::Mismatch Detail::MismatchOf() const {
  align::Mismatch result = aligner_.mismatch();
  std::vector<align::Standing> standings(options_.align.instances.size());  // kDropped
  for (size_t m = 0; m < members_.size(); ++m) {
    standings[members_[m]] = std::move(result.streams[m]);
  }
  result.streams = std::move(standings);
  for (auto& group : result.groups) {
    for (size_t& member : group) member = members_[member];
  }
  for (size_t& member : result.outliers) member = members_[member];
  return result;
}

align::Trouble Detail::TroubleOf() const {
  align::Trouble trouble = aligner_.trouble();
  if (trouble.instance.has_value()) trouble.instance = members_[*trouble.instance];
  return trouble;
}

const Detail::Last& Detail::LastOf(size_t instance) const {
  const std::optional<size_t> member = MemberOf(instance);
  LOCKSTEP_CHECK(member.has_value()) << instance;
  return streams_[*member].last;
}

const align::StreamStats& Detail::StatsOf(size_t instance) const {
  const std::optional<size_t> member = MemberOf(instance);
  LOCKSTEP_CHECK(member.has_value()) << instance;
  return aligner_.stats(*member);
}

}  // namespace lockstep::window
