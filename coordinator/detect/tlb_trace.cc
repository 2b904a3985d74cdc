#include "coordinator/detect/tlb_trace.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "coordinator/detect/merge_rows.h"

namespace lockstep::detect {
namespace {

using report::FillMark;
using report::TlbRow;
using state::Event;
using state::EventKind;

// Fields of a fill; see LOCKSTEP_EV_TLB_FILL.
constexpr int kVa = 0, kPa = 1, kSize = 2, kAccess = 3, kAsid = 4, kPermissions = 6;
// Fields of a flush; see LOCKSTEP_EV_TLB_FLUSH.
constexpr int kFlushVa = 0, kFlushAsid = 1, kFlushScope = 2;
constexpr uint64_t kByVa = 1, kByAsid = 2, kByBoth = 3, kSatpWrite = 4;
// Permissions without accessed and dirty, which one build may learn of later than another.
constexpr uint64_t kLastingPermissions = 0x3f;

bool IsFill(const Event& event) { return event.kind == EventKind::kTlbFill; }
uint64_t PageOf(const Event& event) { return event.fields[kVa] >> 12; }
uint64_t FrameOf(const Event& event) { return event.fields[kPa] & ~uint64_t{0xfff}; }

bool SameFillKey(const Event& a, const Event& b) {
  return PageOf(a) == PageOf(b) && a.fields[kAsid] == b.fields[kAsid];
}

// Two elements of a trace that may share a row.
bool SameTlbEvent(const Event& a, const Event& b) {
  if (a.kind != b.kind) return false;
  if (IsFill(a)) return SameFillKey(a, b) && a.fields[kAccess] == b.fields[kAccess];
  return a.fields[kFlushScope] == b.fields[kFlushScope] &&
         a.fields[kFlushVa] == b.fields[kFlushVa] && a.fields[kFlushAsid] == b.fields[kFlushAsid];
}

bool Covers(const Event& flush, const Event& fill) {
  const bool same_va = flush.fields[kFlushVa] >> 12 == PageOf(fill);
  const bool same_asid = flush.fields[kFlushAsid] == fill.fields[kAsid];
  switch (flush.fields[kFlushScope]) {
    case kByVa:
      return same_va;
    case kByAsid:
      return same_asid;
    case kByBoth:
      return same_va && same_asid;
    default:
      return true;
  }
}

// Drops what is older than what every instance kept.
std::vector<Trace> CommonPart(const std::vector<Trace>& traces) {
  uint64_t begin = 0;
  for (const Trace& trace : traces) {
    if (!trace.complete && !trace.events.empty()) {
      begin = std::max(begin, trace.events.front().icount);
    }
  }
  std::vector<Trace> result = traces;
  for (Trace& trace : result) {
    auto& events = trace.events;
    events.erase(std::remove_if(events.begin(), events.end(),
                                [&](const Event& event) { return event.icount < begin; }),
                 events.end());
  }
  return result;
}

template <typename T>
void KeepLast(std::vector<T>* rows, size_t n) {
  if (rows->size() > n) rows->erase(rows->begin(), rows->end() - static_cast<ptrdiff_t>(n));
}

struct Verdict {
  FillMark mark = FillMark::kSame;
  std::string why;
};

// The more serious of two; of equals the first.
void Worsen(Verdict* verdict, Verdict other) {
  if (other.mark > verdict->mark) *verdict = std::move(other);
}

// What it means that `trace` has no fill like `fill`.
Verdict MissingFill(const Event& fill, const Trace& trace) {
  const std::string& who = trace.instance;
  const Event* held = nullptr;   // the last fill of this page up to then, not flushed since
  const Event* flush = nullptr;  // the last flush of it up to then
  const Event* later = nullptr;
  for (const Event& event : trace.events) {
    if (event.icount > fill.icount) {
      if (IsFill(event) && SameFillKey(event, fill) && later == nullptr) later = &event;
    } else if (!IsFill(event)) {
      if (Covers(event, fill)) {
        flush = &event;
        held = nullptr;
      }
    } else if (SameFillKey(event, fill)) {
      held = &event;
    }
  }
  const Event* other = held != nullptr ? held : later;
  if (other != nullptr && FrameOf(*other) != FrameOf(fill)) {
    return {FillMark::kSuspect, absl::StrFormat("%s maps it to pa 0x%x since icount %d", who,
                                                FrameOf(*other), other->icount)};
  }
  if (other != nullptr &&
      ((other->fields[kPermissions] ^ fill.fields[kPermissions]) & kLastingPermissions) != 0) {
    return {FillMark::kSuspect,
            absl::StrFormat("%s has other permissions for it since icount %d", who, other->icount)};
  }
  if (held != nullptr) {
    return {FillMark::kBenign,
            absl::StrFormat("capacity: %s holds it since icount %d", who, held->icount)};
  }
  if (later != nullptr) {
    return {FillMark::kBenign, absl::StrFormat("%s fills it at icount %d", who, later->icount)};
  }
  if (flush != nullptr) {
    return {FillMark::kSuspect,
            absl::StrFormat("%s has no fill after its flush at icount %d", who, flush->icount)};
  }
  return {FillMark::kBenign, absl::StrFormat("capacity: %s may hold it from before", who)};
}

Verdict MissingFlush(const Event& flush, const Trace& trace) {
  if (flush.fields[kFlushScope] >= kSatpWrite) {
    return {FillMark::kBenign,
            absl::StrFormat("%s need not flush here: no fence was executed", trace.instance)};
  }
  return {FillMark::kSuspect, absl::StrFormat("%s has no such flush", trace.instance)};
}

Verdict CompareFills(const Event& a, const Event& b) {
  if (FrameOf(a) != FrameOf(b)) {
    return {FillMark::kSuspect, absl::StrFormat("pa 0x%x against 0x%x", FrameOf(a), FrameOf(b))};
  }
  // At one instruction both see the same page table; later a page may have become dirty.
  const uint64_t compared = a.icount == b.icount ? ~uint64_t{0} : kLastingPermissions;
  if (((a.fields[kPermissions] ^ b.fields[kPermissions]) & compared) != 0) {
    return {FillMark::kSuspect, "permissions differ"};
  }
  if (a.fields[kSize] != b.fields[kSize]) return {FillMark::kBenign, "geometry: sizes differ"};
  return {};
}

// Rows of the common part: lists of indexes turned into events.
template <typename Same>
std::vector<std::vector<std::optional<Event>>> Merge(const std::vector<Trace>& traces,
                                                     const Same& same) {
  std::vector<size_t> sizes;
  for (const Trace& trace : traces) sizes.push_back(trace.events.size());
  const auto rows = MergeRows(
      sizes,
      [&](size_t a, size_t i, size_t b, size_t j) {
        return same(traces[a].events[i], traces[b].events[j]);
      },
      [&](size_t a, size_t i, size_t b, size_t j) {
        return traces[a].events[i].icount <= traces[b].events[j].icount;
      });
  std::vector<std::vector<std::optional<Event>>> result;
  for (const MergedRow& row : rows) {
    auto& events = result.emplace_back(traces.size());
    for (size_t i = 0; i < traces.size(); ++i) {
      if (row[i]) events[i] = traces[i].events[*row[i]];
    }
  }
  return result;
}

}  // namespace

std::vector<TlbRow> TlbRows(const std::vector<Trace>& traces, size_t max_rows) {
  const std::vector<Trace> common = CommonPart(traces);
  std::vector<TlbRow> result;
  for (auto& events : Merge(common, SameTlbEvent)) {
    const Event& first = **std::find_if(events.begin(), events.end(),
                                        [](const auto& event) { return event.has_value(); });
    Verdict verdict;
    for (size_t i = 0; i < events.size(); ++i) {
      if (events[i]) {
        if (IsFill(first)) Worsen(&verdict, CompareFills(first, *events[i]));
      } else {
        // An instance's whole trace tells more than the common part.
        Worsen(&verdict,
               IsFill(first) ? MissingFill(first, traces[i]) : MissingFlush(first, traces[i]));
      }
    }
    result.push_back({std::move(events), verdict.mark, std::move(verdict.why)});
  }
  KeepLast(&result, max_rows);
  return result;
}

std::vector<report::EventRow> EventRows(const std::vector<Trace>& traces, size_t max_rows) {
  std::vector<report::EventRow> result;
  const auto same = [](const Event& a, const Event& b) {
    return a.kind == b.kind && a.icount == b.icount;
  };
  for (auto& events : Merge(CommonPart(traces), same)) {
    bool differs = false;
    for (const auto& event : events) {
      differs = differs || !event || !events.front() || event->fields != events.front()->fields;
    }
    result.push_back({std::move(events), differs});
  }
  KeepLast(&result, max_rows);
  return result;
}

}  // namespace lockstep::detect
