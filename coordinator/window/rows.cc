#include "coordinator/window/rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/align/grouping.h"

namespace lockstep::window {
namespace {

using report::Kind;
using Same = bool (*)(const Side&, const Side&, const Options&);

constexpr Kind kGroupKinds[state::kGroups] = {Kind::kGpr, Kind::kFpr, Kind::kCsr, Kind::kMem};

bool TrapsDiffer(const Row& a, const Row& b, const Options& options) {
  return options.compare_traps && (a.traps != b.traps || a.trap_count != b.trap_count);
}

bool SameEnd(const Side& a, const Side& b) {
  return !a.row->ends || (a.end->reason == b.end->reason && a.end->exit_code == b.end->exit_code &&
                          a.end->console_digest == b.end->console_digest);
}

// The first kind that applies between two rows that are not the same.
Kind KindBetween(const Side& a, const Side& b, const Options& options) {
  const Row& x = *a.row;
  const Row& y = *b.row;
  if (x.ends != y.ends || x.icount != y.icount) return Kind::kLength;
  // With block digests values are in there, too.
  if (x.pc != y.pc || (!options.block_digests && x.flow != y.flow)) return Kind::kPc;
  if (TrapsDiffer(x, y, options)) return Kind::kException;
  for (int g = 0; g < state::kGroups; ++g) {
    if ((options.align.groups >> g & 1) == 0) continue;
    if (x.digests[g] != y.digests[g] || (a.start && (*a.start)[g] != (*b.start)[g])) {
      return kGroupKinds[g];
    }
  }
  if (a.end && a.end->console_digest != b.end->console_digest) return Kind::kConsole;
  if (!SameEnd(a, b)) return Kind::kExit;
  return Kind::kGpr;  // a state inside of the window
}

// Whether they are equal in all but sums over blocks, which depend on how these were cut where what
// each block writes is in them.
bool DifferInSumsOnly(const Side& a, const Side& b, const Options& options) {
  const Row& x = *a.row;
  const Row& y = *b.row;
  const state::GroupMask groups = options.align.groups;
  return options.block_digests && x.icount == y.icount && x.pc == y.pc && x.ends == y.ends &&
         !TrapsDiffer(x, y, options) && !DigestsDiffer(x.digests, y.digests, groups) &&
         !(a.start && DigestsDiffer(*a.start, *b.start, groups)) && SameEnd(a, b);
}

// "A, C" against "B", with what each of the groups has.
std::string Against(const std::vector<std::vector<size_t>>& groups, const Options& options,
                    const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (size_t g = 0; g < groups.size(); ++g) {
    std::vector<std::string> names;
    for (size_t i : groups[g]) names.push_back(options.align.instances[i]);
    parts.push_back(absl::StrCat(texts[g], " (", absl::StrJoin(names, ", "), ")"));
  }
  return absl::StrJoin(parts, " against ");
}

// One line, of the kinds for which a window says less than a boundary does.
std::string DetailOf(const align::Mismatch& mismatch, const std::vector<const Row*>& rows,
                     uint64_t start, const Options& options) {
  std::vector<std::string> texts;
  for (const auto& group : mismatch.groups) {
    const Row& row = *rows[group.front()];
    if (mismatch.kind == Kind::kLength) {
      texts.push_back(row.ends ? absl::StrCat("ends at icount ", row.icount) : "goes on");
    } else if (mismatch.kind == Kind::kPc) {
      texts.push_back(row.ends ? "the end" : absl::StrFormat("pc 0x%x", row.pc));
    } else {
      texts.push_back(absl::StrCat(row.trap_count));
    }
  }
  const std::string against = Against(mismatch.groups, options, texts);
  switch (mismatch.kind) {
    case Kind::kLength:
      return absl::StrCat("length: ", against);
    case Kind::kPc:
      return absl::StrFormat("control flow between icount %d and %d, where it comes to %s", start,
                             mismatch.icount, against);
    default:
      return absl::StrFormat("exceptions or interrupts between icount %d and %d: %s", start,
                             mismatch.icount, against);
  }
}

bool AnyDigestsDiffer(const std::vector<Side>& sides, const Options& options) {
  const Side& first = sides.front();
  return std::any_of(sides.begin(), sides.end(), [&](const Side& side) {
    return DigestsDiffer(side.row->digests, first.row->digests, options.align.groups) ||
           (side.start && DigestsDiffer(*side.start, *first.start, options.align.groups));
  });
}

// All but kind and detail. Of a stream's first window the digests at its beginning are shown if
// they differ already.
align::Mismatch MismatchBy(Same same, const std::vector<Side>& sides, uint64_t start,
                           const Options& options) {
  align::Mismatch mismatch;
  mismatch.streams.resize(options.align.instances.size());
  const Side& first = sides.front();
  const bool at_start = std::any_of(sides.begin(), sides.end(), [&](const Side& side) {
    return side.start && DigestsDiffer(*side.start, *first.start, options.align.groups);
  });
  std::vector<std::vector<const Side*>> groups;
  for (const Side& side : sides) {
    const Row& row = *side.row;
    align::Standing& standing = mismatch.streams[side.instance];
    standing.kind = row.ends ? align::Standing::Kind::kEnd : align::Standing::Kind::kBlock;
    standing.pc_known = !row.ends;
    standing.pc = row.pc;
    standing.digests = at_start ? *side.start : row.digests;
    if (row.ends) standing.end = *side.end;
    mismatch.icount = std::max(mismatch.icount, row.icount);
    mismatch.step = std::max(mismatch.step, row.step);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& members) {
      return same(*members.front(), side, options);
    });
    if (group == groups.end()) group = groups.insert(group, {{}});
    group->push_back(&side);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const auto& members : groups) {
    auto& group = mismatch.groups.emplace_back();
    for (const Side* side : members) group.push_back(side->instance);
  }
  mismatch.outliers = align::OutliersOf(mismatch.groups);
  mismatch.last_agreed_icount = start;
  return mismatch;
}

}  // namespace

bool Stopped(const state::End& end) {
  return end.reason == state::EndReason::kError || end.reason == state::EndReason::kStopped;
}

std::string StoppedText(const state::End& end) {
  const std::string text = end.text.empty() ? "" : absl::StrCat(": ", end.text);
  if (end.reason == state::EndReason::kError) {
    return absl::StrCat("gave up at icount ", end.icount, text);
  }
  return absl::StrCat("was stopped at icount ", end.icount, " before the guest's end", text);
}

bool DigestsDiffer(const state::Digests& a, const state::Digests& b, state::GroupMask groups) {
  for (int g = 0; g < state::kGroups; ++g) {
    if ((groups >> g & 1) != 0 && a[g] != b[g]) return true;
  }
  return false;
}

bool SameWay(const Side& a, const Side& b, const Options& options) {
  const Row& x = *a.row;
  const Row& y = *b.row;
  return x.icount == y.icount && x.pc == y.pc && x.ends == y.ends && x.flow == y.flow &&
         !TrapsDiffer(x, y, options);
}

bool SameWindow(const Side& a, const Side& b, const Options& options) {
  const state::GroupMask groups = options.align.groups;
  if (!SameWay(a, b, options) || DigestsDiffer(a.row->digests, b.row->digests, groups)) {
    return false;
  }
  if (a.start && DigestsDiffer(*a.start, *b.start, groups)) return false;
  const bool blocks = options.block_digests || options.align.compare_tlb_fills;
  return SameEnd(a, b) && (!blocks || a.row->blocks == b.row->blocks);
}

align::Mismatch MismatchOfRows(const std::vector<Side>& sides, uint64_t start,
                               const Options& options) {
  align::Mismatch mismatch = MismatchBy(SameWindow, sides, start, options);
  mismatch.kind = Kind::kTlb;  // the last of them
  mismatch.tentative = std::all_of(sides.begin(), sides.end(), [&](const Side& side) {
    return DifferInSumsOnly(sides.front(), side, options);
  });
  for (const Side& a : sides) {
    for (const Side& b : sides) {
      if (SameWindow(a, b, options)) continue;
      mismatch.kind = std::min(mismatch.kind, KindBetween(a, b, options));
    }
  }
  std::vector<const Row*> rows(mismatch.streams.size());
  for (const Side& side : sides) rows[side.instance] = side.row;
  if (mismatch.kind <= Kind::kInterrupt) {
    mismatch.detail = DetailOf(mismatch, rows, start, options);
    return mismatch;
  }
  mismatch.detail = align::DetailOf(mismatch.kind, mismatch.streams, mismatch.groups,
                                    options.align.instances, mismatch.icount);
  if (mismatch.kind == Kind::kGpr && !AnyDigestsDiffer(sides, options)) {
    mismatch.detail =
        absl::StrFormat("what blocks have written, or how they are cut, between icount %d and %d",
                        start, mismatch.icount);
  }
  return mismatch;
}

align::Mismatch MismatchInsideBlocks(const std::vector<Side>& sides, uint64_t start,
                                     const Options& options) {
  align::Mismatch mismatch = MismatchBy(SameWay, sides, start, options);
  mismatch.kind = Kind::kPc;
  mismatch.detail = absl::StrFormat(
      "pc of instructions inside of blocks, between icount %d and %d; all blocks begin alike",
      start, mismatch.icount);
  return mismatch;
}

}  // namespace lockstep::window
