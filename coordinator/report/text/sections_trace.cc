// The TLB trace and the events of each instance, aligned.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/report/text/sections.h"
#include "coordinator/report/text/words.h"

namespace lockstep::report {
namespace {

constexpr size_t kHeadColumns = 14;  // mark and icount
constexpr size_t kVaColumns = 27;    // access and va of a fill
constexpr size_t kMinCellColumns = 19;
// Rows of the TLB trace before the last ones are shown only if they are not the same in all.
constexpr size_t kLastTlbRows = 16;

const state::Event& First(const std::vector<std::optional<state::Event>>& events) {
  return **std::find_if(events.begin(), events.end(),
                        [](const auto& event) { return event.has_value(); });
}

bool HasEvent(const std::vector<std::optional<state::Event>>& events) {
  return std::any_of(events.begin(), events.end(),
                     [](const auto& event) { return event.has_value(); });
}

struct MarkLook {
  const char* sign;
  Style style;
};

MarkLook LookOf(FillMark mark) {
  switch (mark) {
    case FillMark::kSame:
      return {" ", Style::kPlain};
    case FillMark::kBenign:
      return {"~", Style::kDim};
    case FillMark::kSuspect:
      return {"!", Style::kBad};
  }
  return {"?", Style::kPlain};
}

Line HeadOf(const char* sign, uint64_t icount, Style style) {
  return Padded({{sign, style}, {absl::StrFormat(" %10d", icount), style}}, kHeadColumns);
}

std::string CellText(const std::optional<state::Event>& event) {
  if (!event) return "-";
  if (event->kind == state::EventKind::kTlbFill) return FillText(*event);
  return EventText(*event, "");
}

void WriteTlbRow(const TlbRow& row, size_t cell, Canvas* canvas) {
  const state::Event& first = First(row.events);
  const MarkLook look = LookOf(row.mark);
  Line line = HeadOf(look.sign, first.icount, look.style);
  const bool fill = first.kind == state::EventKind::kTlbFill;
  line = Joined(
      std::move(line),
      Padded({{fill ? absl::StrFormat("%-5s 0x%x", AccessName(first.fields[3]), first.fields[0])
                    : EventText(first, ""),
               look.style}},
             kVaColumns));
  for (const auto& event : row.events) {
    const std::string text = fill ? CellText(event) : event ? "yes" : "-";
    line = Joined(std::move(line), Padded({{Fit(text, cell - 1), look.style}}, cell));
  }
  canvas->Write(line);
  if (!row.why.empty()) {
    canvas->Write(Joined(Padded({}, kHeadColumns), {{row.why, look.style}}));
  }
}

// For more instances than fit side by side.
void WriteTlbLines(const Report& report, const TlbRow& row, Canvas* canvas) {
  const state::Event& first = First(row.events);
  const MarkLook look = LookOf(row.mark);
  canvas->Write(
      Joined(HeadOf(look.sign, first.icount, look.style), {{EventText(first, ""), look.style}}));
  if (row.mark == FillMark::kSame) return;
  for (size_t i = 0; i < row.events.size() && i < report.instances.size(); ++i) {
    canvas->Write(
        Joined(Padded({}, kHeadColumns + 2),
               {{absl::StrFormat("%-8s %s", report.instances[i].name, CellText(row.events[i])),
                 look.style}}));
  }
  if (!row.why.empty()) {
    canvas->Write(Joined(Padded({}, kHeadColumns + 2), {{row.why, look.style}}));
  }
}

}  // namespace

void WriteTlb(const Report& report, Canvas* canvas) {
  const auto& rows = report.divergence->tlb;
  if (rows.empty()) return;
  size_t benign = 0, suspect = 0;
  for (const TlbRow& row : rows) {
    benign += row.mark == FillMark::kBenign;
    suspect += row.mark == FillMark::kSuspect;
  }
  canvas->Section("TLB fills and flushes", absl::StrFormat("%d rows; ~ benign: %d   ! suspect: %d",
                                                           rows.size(), benign, suspect));
  const size_t n = report.instances.size();
  const size_t room = canvas->width() - kHeadColumns - kVaColumns;
  const bool side_by_side = n != 0 && room / n >= kMinCellColumns;
  const size_t cell = side_by_side ? room / n : 0;
  if (side_by_side) {
    Line head = Padded({{"      icount  ", Style::kDim}, {"access va", Style::kDim}},
                       kHeadColumns + kVaColumns);
    for (const Instance& instance : report.instances) {
      head = Joined(
          std::move(head),
          Padded({{Fit(instance.name, cell - 1), instance.outlier ? Style::kBad : Style::kBold}},
                 cell));
    }
    canvas->Write(head);
  }
  size_t left_out = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    const TlbRow& row = rows[r];
    if (!HasEvent(row.events)) continue;
    if (row.mark == FillMark::kSame && r + kLastTlbRows < rows.size()) {
      ++left_out;
      continue;
    }
    if (left_out != 0) {
      canvas->Write(
          {{absl::StrFormat("         ... %d that all made alike", left_out), Style::kDim}});
      left_out = 0;
    }
    if (side_by_side) {
      WriteTlbRow(row, cell, canvas);
    } else {
      WriteTlbLines(report, row, canvas);
    }
  }
}

void WriteEvents(const Report& report, Canvas* canvas) {
  const auto& rows = report.divergence->events;
  if (rows.empty()) return;
  const size_t differing = static_cast<size_t>(
      std::count_if(rows.begin(), rows.end(), [](const EventRow& row) { return row.differs; }));
  canvas->Section("Traps, interrupts, device accesses",
                  absl::StrFormat("%d rows, %d differ", rows.size(), differing));
  const std::string& arch =
      report.instances.empty() ? std::string() : report.instances.front().identity.guest_arch;
  for (const EventRow& row : rows) {
    if (!HasEvent(row.events)) continue;
    const state::Event& first = First(row.events);
    if (!row.differs) {
      canvas->WriteWrapped(HeadOf(" ", first.icount, Style::kPlain), EventText(first, arch));
      continue;
    }
    Line head = HeadOf("≠", first.icount, Style::kBad);
    for (size_t i = 0; i < row.events.size() && i < report.instances.size(); ++i) {
      Line name = Padded({{report.instances[i].name, Style::kBold}},
                         std::max<size_t>(4, WidthOf(report.instances[i].name) + 2));
      const std::string text = row.events[i] ? EventText(*row.events[i], arch) : "-";
      canvas->WriteWrapped(Joined(head, name), text, Style::kBad);
      head = Padded({}, kHeadColumns);
    }
  }
}

}  // namespace lockstep::report
