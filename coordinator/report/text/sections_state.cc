// Registers side by side, and the aligned block history.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/report/text/sections.h"
#include "coordinator/report/text/words.h"

namespace lockstep::report {
namespace {

constexpr size_t kValueColumns = 18;  // "0x" and 16 digits
constexpr size_t kNameColumns = 11;
constexpr size_t kIcountColumns = 14;
constexpr size_t kMinBlockColumns = 24;

std::string Hex(const std::optional<uint64_t>& value) {
  return value ? absl::StrFormat("0x%016x", *value) : "-";
}

// What a value is marked against: the first instance's, or the second's for the first.
const std::optional<uint64_t>& Other(const RegisterRow& row, size_t i) {
  if (i != 0) return row.values[0];
  const auto it = std::find_if(row.values.begin() + 1, row.values.end(),
                               [&](const auto& value) { return value != row.values[0]; });
  return it == row.values.end() ? row.values[0] : *it;
}

void WriteDifferingRow(const RegisterRow& row, Canvas* canvas) {
  Line line = Padded({{"  ", Style::kPlain}, {row.name.name, Style::kBold}}, 2 + kNameColumns);
  std::string carets(2 + kNameColumns, ' ');
  for (size_t i = 0; i < row.values.size(); ++i) {
    const std::string text = Hex(row.values[i]);
    const std::string other = Hex(Other(row, i));
    line = Joined(std::move(line), Padded(Marked(text, other), kValueColumns + 2));
    std::string marks = Carets(text, other);
    marks.resize(kValueColumns + 2, ' ');
    carets += marks;
  }
  canvas->Write(line);
  if (!canvas->color()) canvas->Write(carets);
}

// For more instances than fit side by side: one line per distinct value.
void WriteDifferingLines(const Report& report, const RegisterRow& row, Canvas* canvas) {
  std::vector<std::pair<std::string, std::vector<std::string>>> values;
  for (size_t i = 0; i < row.values.size() && i < report.instances.size(); ++i) {
    const std::string text = Hex(row.values[i]);
    auto it = std::find_if(values.begin(), values.end(),
                           [&](const auto& value) { return value.first == text; });
    if (it == values.end()) it = values.insert(values.end(), {text, {}});
    it->second.push_back(report.instances[i].name);
  }
  std::string name = row.name.name;
  for (const auto& [text, who] : values) {
    Line line = Padded({{"  ", Style::kPlain}, {name, Style::kBold}}, 2 + kNameColumns);
    line = Joined(std::move(line), Marked(text, values.front().first));
    canvas->Write(Joined(std::move(line), {{"  " + absl::StrJoin(who, ", "), Style::kDim}}));
    name.clear();
  }
}

void WriteEqualRegisters(const std::vector<RegisterRow>& rows, Canvas* canvas) {
  std::vector<std::string> cells;
  size_t zeros = 0;
  for (const RegisterRow& row : rows) {
    if (row.differs || row.name.group == "pc") continue;
    const auto value = std::find_if(row.values.begin(), row.values.end(),
                                    [](const auto& v) { return v.has_value(); });
    if (value == row.values.end()) continue;
    if (**value == 0) {
      ++zeros;
      continue;
    }
    cells.push_back(absl::StrFormat("%-10s 0x%x", row.name.name, **value));
  }
  if (!cells.empty() || zeros != 0) {
    canvas->Write(
        {{absl::StrFormat("  equal in all:%s",
                          zeros == 0 ? "" : absl::StrFormat("  (and %d that are zero)", zeros)),
          Style::kDim}});
  }
  constexpr size_t kCell = 31;
  const size_t columns = std::max<size_t>(1, (canvas->width() - 2) / kCell);
  const size_t lines = (cells.size() + columns - 1) / columns;
  for (size_t l = 0; l < lines; ++l) {
    std::string text = "  ";
    for (size_t c = 0; c < columns && c * lines + l < cells.size(); ++c) {
      std::string cell = cells[c * lines + l];
      cell.resize(std::max(cell.size(), kCell), ' ');
      text += cell;
    }
    canvas->Write(Line{{text, Style::kDim}});
  }
}

// Columns of the history: the row's icount, then one per instance.
size_t ColumnWidth(const Report& report, const Canvas& canvas) {
  const size_t n = std::max<size_t>(1, report.instances.size());
  return (canvas.width() - kIcountColumns) / n;
}

std::string BlockHead(const HistoryBlock& block, bool diverged) {
  std::string text = absl::StrFormat("0x%x", block.place.pc);
  if (block.executed != 0 && block.executed < block.n_insns) {
    absl::StrAppendFormat(&text, " %d of %d", block.executed, block.n_insns);
  } else if (!diverged) {
    absl::StrAppendFormat(&text, " %d", block.n_insns);
  }
  if (!block.place.symbol.empty()) absl::StrAppend(&text, " <", block.place.symbol, ">");
  return text;
}

std::string BlockCode(const HistoryBlock& block) {
  if (block.first_insn.empty()) return "";
  if (block.executed == 1 || block.n_insns == 1 || block.last_insn.empty()) {
    return block.first_insn;
  }
  return absl::StrCat(block.first_insn, " … ", block.last_insn);
}

Line RowHead(const HistoryRow& row) {
  const char* mark = row.diverged ? "≠" : row.last_agreed ? "=" : " ";
  const Style style = row.diverged ? Style::kBad : row.last_agreed ? Style::kGood : Style::kPlain;
  return Padded({{mark, style}, {absl::StrFormat(" %10d  ", row.icount), style}}, kIcountColumns);
}

void WriteHistoryRow(const Report& report, const HistoryRow& row, const std::vector<bool>& inside,
                     Canvas* canvas) {
  const size_t width = ColumnWidth(report, *canvas);
  Line head = RowHead(row);
  Line code = Padded({}, kIcountColumns);
  bool any_code = false;
  for (size_t i = 0; i < row.blocks.size(); ++i) {
    const auto& block = row.blocks[i];
    if (!block) {
      const char* bar = inside[i] ? "│" : "·";
      head = Joined(std::move(head), Padded({{bar, Style::kDim}}, width));
      code = Joined(std::move(code), Padded({{bar, Style::kDim}}, width));
      continue;
    }
    head = Joined(std::move(head), Padded({{Fit(BlockHead(*block, row.diverged), width - 2),
                                            row.diverged ? Style::kBold : Style::kPlain}},
                                          width));
    const std::string text = BlockCode(*block);
    any_code = any_code || !text.empty();
    code = Joined(std::move(code), Padded({{Fit(text, width - 2), Style::kDim}}, width));
  }
  canvas->Write(head);
  if (any_code) canvas->Write(code);
}

// For more instances than fit side by side: each block once, with the instances that enter it.
void WriteHistoryLines(const Report& report, const HistoryRow& row, Canvas* canvas) {
  std::vector<std::pair<std::string, std::vector<std::string>>> cells;
  for (size_t i = 0; i < row.blocks.size(); ++i) {
    const auto& block = row.blocks[i];
    std::string text = "│";
    if (block) {
      text = BlockHead(*block, row.diverged);
      if (!block->first_insn.empty()) absl::StrAppend(&text, "  ", BlockCode(*block));
    }
    auto it = std::find_if(cells.begin(), cells.end(),
                           [&](const auto& cell) { return cell.first == text; });
    if (it == cells.end()) it = cells.insert(cells.end(), {std::move(text), {}});
    it->second.push_back(report.instances[i].name);
  }
  Line head = RowHead(row);
  for (const auto& [text, who] : cells) {
    std::string names = absl::StrJoin(who, ",");
    names.resize(std::max<size_t>(names.size(), 10), ' ');
    canvas->WriteWrapped(Joined(head, {{names + " ", Style::kDim}}), text,
                         row.diverged ? Style::kBold : Style::kPlain);
    head = Padded({}, kIcountColumns);
  }
}

// Under the row of the divergence: the digests that differ there.
void WriteDigests(const Report& report, const HistoryRow& row, Canvas* canvas) {
  const size_t width = ColumnWidth(report, *canvas);
  for (int g = 0; g < state::kGroups; ++g) {
    if ((report.compared.groups >> g & 1) == 0) continue;
    std::optional<uint64_t> first;
    bool differs = false;
    for (const auto& block : row.blocks) {
      if (!block) continue;
      differs = differs || (first && block->digests[g] != *first);
      if (!first) first = block->digests[g];
    }
    if (!differs) continue;
    Line line = Padded({{absl::StrFormat("%12s  ", GroupName(g)), Style::kBad}}, kIcountColumns);
    for (const auto& block : row.blocks) {
      const std::string text = block ? absl::StrFormat("%016x", block->digests[g]) : "";
      line = Joined(std::move(line), Padded({{Fit(text, width - 2), Style::kBad}}, width));
    }
    canvas->Write(line);
  }
}

}  // namespace

void WriteRegisters(const Report& report, Canvas* canvas) {
  const auto& rows = report.divergence->registers;
  if (rows.empty()) return;
  const size_t differing = static_cast<size_t>(
      std::count_if(rows.begin(), rows.end(), [](const RegisterRow& row) { return row.differs; }));
  canvas->Section("Registers",
                  absl::StrFormat("%s, %d of %d differ",
                                  report.divergence->instruction ? "after the instruction"
                                                                 : "at the divergence",
                                  differing, rows.size()));
  const bool side_by_side =
      2 + kNameColumns + report.instances.size() * (kValueColumns + 2) <= canvas->width() + 2;
  if (differing != 0 && side_by_side) {
    Line head = Padded({}, 2 + kNameColumns);
    for (const Instance& instance : report.instances) {
      head = Joined(std::move(head), Padded({{Fit(instance.name, kValueColumns),
                                              instance.outlier ? Style::kBad : Style::kBold}},
                                            kValueColumns + 2));
    }
    canvas->Write(head);
  }
  for (const RegisterRow& row : rows) {
    if (!row.differs || row.values.empty()) continue;
    if (side_by_side) {
      WriteDifferingRow(row, canvas);
    } else {
      WriteDifferingLines(report, row, canvas);
    }
  }
  WriteEqualRegisters(rows, canvas);
}

void WriteHistory(const Report& report, uint32_t max_rows, Canvas* canvas) {
  const auto& rows = report.divergence->history;
  if (rows.empty()) return;
  canvas->Section("Blocks",
                  "= last agreed boundary   ≠ divergence   │ inside of the block above: "
                  "a split");
  const size_t width = ColumnWidth(report, *canvas);
  const bool side_by_side = width >= kMinBlockColumns;
  Line head = Padded({{"      icount", Style::kDim}}, kIcountColumns);
  for (const Instance& instance : report.instances) {
    if (!side_by_side) break;
    head = Joined(
        std::move(head),
        Padded({{Fit(instance.name, width - 2), instance.outlier ? Style::kBad : Style::kBold}},
               width));
  }
  canvas->Write(head);
  const size_t begin = rows.size() > max_rows ? rows.size() - max_rows : 0;
  // Of an instance with a block in any row an earlier block is known to cover the rows before.
  std::vector<bool> inside(report.instances.size(), false);
  for (const HistoryRow& row : rows) {
    for (size_t i = 0; i < row.blocks.size() && i < inside.size(); ++i) {
      inside[i] = inside[i] || row.blocks[i].has_value();
    }
  }
  uint64_t last_shown = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    if (r < begin && !rows[r].last_agreed) continue;
    if (rows[r].blocks.size() != report.instances.size()) continue;
    if (r > 0 && last_shown + 1 < r && last_shown != 0) {
      canvas->Write({{"         ...", Style::kDim}});
    }
    if (side_by_side) {
      WriteHistoryRow(report, rows[r], inside, canvas);
      if (rows[r].diverged) WriteDigests(report, rows[r], canvas);
    } else {
      WriteHistoryLines(report, rows[r], canvas);
    }
    last_shown = r;
  }
}

}  // namespace lockstep::report
