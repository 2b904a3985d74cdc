#include "coordinator/align/grouping.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/align/stream.h"

namespace lockstep::align {
namespace {

using Where = Standing::Kind;

std::vector<state::Event> Only(state::EventKind kind, const std::vector<state::Event>& traps) {
  std::vector<state::Event> result;
  for (const state::Event& trap : traps) {
    if (trap.kind == kind) result.push_back(trap);
  }
  return result;
}

bool TrapsDiffer(const Standing& a, const Standing& b, state::EventKind kind) {
  return !SameTraps(Only(kind, a.traps), Only(kind, b.traps));
}

bool DigestsDiffer(const Standing& a, const Standing& b, int group, state::GroupMask groups) {
  return a.kind != Where::kInside && b.kind != Where::kInside &&
         ((groups & a.known & b.known) >> group & 1) != 0 && a.digests[group] != b.digests[group];
}

bool BothEnd(const Standing& a, const Standing& b) {
  return a.kind == Where::kEnd && b.kind == Where::kEnd;
}

// The kinds that apply between two streams.
std::optional<report::Kind> KindBetween(const Standing& a, const Standing& b,
                                        state::GroupMask groups) {
  using report::Kind;
  if ((a.kind == Where::kEnd) != (b.kind == Where::kEnd)) return Kind::kLength;
  if (a.pc_known && b.pc_known && a.pc != b.pc) return Kind::kPc;
  if (TrapsDiffer(a, b, state::EventKind::kException)) return Kind::kException;
  if (TrapsDiffer(a, b, state::EventKind::kInterrupt)) return Kind::kInterrupt;
  // The same traps, in another order.
  if (!SameTraps(a.traps, b.traps)) return Kind::kException;
  constexpr std::array<Kind, state::kGroups> kGroupKinds = {Kind::kGpr, Kind::kFpr, Kind::kCsr,
                                                            Kind::kMem};
  for (int g = 0; g < state::kGroups; ++g) {
    if (DigestsDiffer(a, b, g, groups)) return kGroupKinds[g];
  }
  if (BothEnd(a, b)) {
    if (a.end->console_digest != b.end->console_digest) return Kind::kConsole;
    if (a.end->reason != b.end->reason || a.end->exit_code != b.end->exit_code) return Kind::kExit;
  }
  if (a.kind != Where::kInside && b.kind != Where::kInside && a.fills_digest != b.fills_digest) {
    return Kind::kTlb;
  }
  return std::nullopt;
}

std::string TrapText(const Standing& stream, state::EventKind kind) {
  std::vector<std::string> parts;
  for (const state::Event& trap : Only(kind, stream.traps)) {
    parts.push_back(kind == state::EventKind::kException
                        ? absl::StrFormat("cause %d at pc 0x%x, tval 0x%x", trap.fields[0],
                                          trap.fields[1], trap.fields[2])
                        : absl::StrFormat("cause %d at pc 0x%x", trap.fields[0], trap.fields[1]));
  }
  return parts.empty() ? "none" : absl::StrJoin(parts, " then ");
}

std::string EndText(const state::End& end) {
  switch (end.reason) {
    case state::EndReason::kExit:
      return absl::StrFormat("exit code %d", end.exit_code);
    case state::EndReason::kLimit:
      return "stopped by the limit";
    case state::EndReason::kHalted:
      return "halted for good";
    case state::EndReason::kStopped:
      return "stopped on request";
    case state::EndReason::kError:
      break;
  }
  return "gave up";
}

std::string DigestText(const Standing& stream, int group) {
  if (stream.kind == Where::kInside) return "unknown inside a block";
  if ((stream.known >> group & 1) == 0) return "unknown";
  return absl::StrFormat("0x%016x", stream.digests[group]);
}

// What one stream has in the matter of `kind`.
std::string ValueText(report::Kind kind, const Standing& stream, uint64_t icount) {
  using report::Kind;
  switch (kind) {
    case Kind::kLength:
      return stream.kind == Where::kEnd
                 ? absl::StrFormat("ends at icount %d, %s", icount, EndText(*stream.end))
                 : "goes on";
    case Kind::kPc:
      return stream.pc_known ? absl::StrFormat("0x%x", stream.pc) : "unknown inside a block";
    case Kind::kException:
      return TrapText(stream, state::EventKind::kException);
    case Kind::kInterrupt:
      return TrapText(stream, state::EventKind::kInterrupt);
    case Kind::kGpr:
      return DigestText(stream, 0);
    case Kind::kFpr:
      return DigestText(stream, 1);
    case Kind::kCsr:
      return DigestText(stream, 2);
    case Kind::kMem:
      return DigestText(stream, 3);
    case Kind::kConsole:
      return stream.end ? absl::StrFormat("0x%016x", stream.end->console_digest) : "unknown";
    case Kind::kExit:
      return stream.end ? EndText(*stream.end) : "unknown";
    case Kind::kTlb:
      return absl::StrFormat("0x%016x", stream.fills_digest);
  }
  return "";
}

const char* SubjectOf(report::Kind kind) {
  using report::Kind;
  switch (kind) {
    case Kind::kLength:
      return "length:";
    case Kind::kPc:
      return "pc";
    case Kind::kException:
      return "exception";
    case Kind::kInterrupt:
      return "interrupt";
    case Kind::kGpr:
      return "digest of x1..x31";
    case Kind::kFpr:
      return "digest of f0..f31 and fcsr";
    case Kind::kCsr:
      return "digest of privilege and CSRs";
    case Kind::kMem:
      return "digest of stores";
    case Kind::kConsole:
      return "digest of console output";
    case Kind::kExit:
      return "end:";
    case Kind::kTlb:
      return "digest of TLB fills";
  }
  return "";
}

}  // namespace

bool Compatible(const Standing& a, const Standing& b, state::GroupMask groups) {
  return !KindBetween(a, b, groups).has_value();
}

std::optional<report::Kind> KindOf(const std::vector<Standing>& streams, state::GroupMask groups) {
  std::optional<report::Kind> first;
  for (size_t i = 0; i < streams.size(); ++i) {
    for (size_t j = i + 1; j < streams.size(); ++j) {
      if (streams[i].kind == Where::kDropped || streams[j].kind == Where::kDropped) continue;
      const auto kind = KindBetween(streams[i], streams[j], groups);
      if (kind && (!first || *kind < *first)) first = kind;
    }
  }
  return first;
}

std::vector<std::vector<size_t>> GroupsOf(const std::vector<Standing>& streams,
                                          state::GroupMask groups) {
  std::vector<std::vector<size_t>> result;
  const auto fits = [&](size_t group, size_t i) {
    return Compatible(streams[result[group].front()], streams[i], groups);
  };
  // Those that are known best come first: at a boundary, then inside of a block at a known pc.
  for (size_t i = 0; i < streams.size(); ++i) {
    if (streams[i].kind != Where::kBlock && streams[i].kind != Where::kEnd) continue;
    size_t g = 0;
    while (g < result.size() && !fits(g, i)) ++g;
    if (g == result.size()) result.emplace_back();
    result[g].push_back(i);
  }
  for (const bool pc_known : {true, false}) {
    for (size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].kind != Where::kInside || streams[i].pc_known != pc_known) continue;
      size_t fitting = 0, last = 0;
      for (size_t g = 0; g < result.size(); ++g) {
        if (!fits(g, i)) continue;
        ++fitting;
        last = g;
      }
      if (fitting == 0) {
        result.push_back({i});
      } else if (fitting == 1) {
        result[last].push_back(i);
      }
    }
  }
  for (auto& group : result) std::sort(group.begin(), group.end());
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a.front() < b.front();
  });
  return result;
}

std::vector<size_t> OutliersOf(const std::vector<std::vector<size_t>>& groups) {
  size_t voters = 0;
  for (const auto& group : groups) voters += group.size();
  const bool majority = !groups.empty() && groups.front().size() * 2 > voters;
  std::vector<size_t> outliers;
  for (size_t g = majority ? 1 : 0; g < groups.size(); ++g) {
    outliers.insert(outliers.end(), groups[g].begin(), groups[g].end());
  }
  std::sort(outliers.begin(), outliers.end());
  return outliers;
}

std::string DetailOf(report::Kind kind, const std::vector<Standing>& streams,
                     const std::vector<std::vector<size_t>>& groups,
                     const std::vector<std::string>& names, uint64_t icount) {
  // Groups that have the same value in this matter are told together.
  std::vector<std::pair<std::string, std::vector<std::string>>> values;
  for (const auto& group : groups) {
    for (size_t member : group) {
      std::string text = ValueText(kind, streams[member], icount);
      auto it = std::find_if(values.begin(), values.end(),
                             [&](const auto& value) { return value.first == text; });
      if (it == values.end()) it = values.insert(values.end(), {std::move(text), {}});
      it->second.push_back(names[member]);
    }
  }
  std::vector<std::string> parts;
  for (const auto& [text, who] : values) {
    parts.push_back(absl::StrCat(text, " (", absl::StrJoin(who, ", "), ")"));
  }
  return absl::StrCat(SubjectOf(kind), " ", absl::StrJoin(parts, " against "));
}

}  // namespace lockstep::align
