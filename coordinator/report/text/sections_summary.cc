// What, where, who: the head of the report, the instruction, its block; instances, notes, next.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/report/text/sections.h"
#include "coordinator/report/text/words.h"

namespace lockstep::report {
namespace {

constexpr size_t kIndent = 2;
// Lines of the suspect block shown around the instruction.
constexpr size_t kMaxListing = 24;
// Skews shown; JSON has more.
constexpr size_t kMaxSkews = 8;

std::string PlaceText(const CodePlace& place) {
  std::string text = absl::StrFormat("pc 0x%x", place.pc);
  if (!place.symbol.empty()) absl::StrAppend(&text, " <", place.symbol, ">");
  if (!place.source.empty()) absl::StrAppend(&text, " ", place.source);
  return text;
}

std::string VerifiedText(const Compared& compared) {
  std::string text = absl::StrFormat("%d instructions", compared.insns);
  for (size_t v = 0; v < compared.vcpu_insns.size(); ++v) {
    absl::StrAppend(&text, v == 0 ? " (" : ", ", "vCPU ", v, ": ", compared.vcpu_insns[v],
                    v + 1 == compared.vcpu_insns.size() ? ")" : "");
  }
  // With sums they are not known.
  if (!compared.sums) absl::StrAppend(&text, ", ", compared.blocks, " block boundaries");
  if (compared.splits != 0 && !compared.sums) {
    std::vector<std::string> parts;
    for (const SplitCount& count : compared.split_counts) {
      if (count.splits != 0) parts.push_back(absl::StrCat(count.instance, " ", count.splits));
    }
    absl::StrAppend(&text, "; ", compared.splits, " splits tolerated (boundaries that an instance ",
                    "lacked: ", absl::StrJoin(parts, ", "));
    const std::string causes = SplitCausesText(compared.split_causes);
    absl::StrAppend(&text, causes.empty() ? "" : "; by cause: ", causes, ")");
  }
  if (compared.skews != 0) {
    absl::StrAppend(&text, "; ", compared.skews, " skews of interrupts tolerated, of at most ",
                    compared.max_skew_insns, " instructions");
  }
  return text;
}

// What was compared, where, and in which form it came.
std::string ComparedText(const Compared& compared) {
  std::string text = ComparedList(compared.groups, ", ");
  if (compared.digest_at == state::DigestAt::kWindow) {
    absl::StrAppend(&text, "; states at the ends of windows only");
  } else if (compared.digest_at == state::DigestAt::kInsn) {
    absl::StrAppend(&text, "; at every instruction");
  }
  if (compared.windows != 0) {
    absl::StrAppend(&text, "; ", compared.windows, " windows, ", compared.detailed_windows,
                    " block by block");
  }
  return text;
}

std::string WhoText(const Divergence& divergence) {
  const auto& groups = divergence.groups;
  if (groups.empty() || groups.front().empty()) return NameList(divergence.outliers);
  std::vector<std::string> camps;
  for (const auto& group : groups) camps.push_back(NameList(group));
  const bool majority = std::find(divergence.outliers.begin(), divergence.outliers.end(),
                                  groups.front().front()) == divergence.outliers.end();
  if (majority) {
    return absl::StrFormat("%s %s with %s, the majority", NameList(divergence.outliers),
                           divergence.outliers.size() == 1 ? "disagrees" : "disagree",
                           camps.front());
  }
  if (divergence.outliers.size() == 2) {
    return absl::StrFormat("%s disagree; it takes a third to say which is wrong",
                           NameList(divergence.outliers));
  }
  return absl::StrFormat("%s; without a majority nobody is known to be right",
                         absl::StrJoin(camps, " against "));
}

void WriteDivergedHead(const Report& report, Canvas* canvas) {
  const Divergence& d = *report.divergence;
  canvas->Write({{"DIVERGED", Style::kBad},
                 {absl::StrFormat("  %s", KindDescription(d.kind)), Style::kBold}});
  canvas->Blank();
  canvas->WriteField("  what", d.detail);
  std::string where;
  if (d.instruction) {
    where =
        absl::StrFormat("%s, icount %d", PlaceText(d.instruction->place), d.instruction->icount);
  } else {
    where = absl::StrFormat("between icount %d (last agreed boundary) and %d (%s)",
                            d.last_agreed_icount, d.icount, PlaceText(d.place));
  }
  if (report.vcpus > 1) absl::StrAppend(&where, ", vCPU ", d.vcpu, ", step ", d.step);
  canvas->WriteField("  where", where);
  canvas->WriteField("  who", WhoText(d));
  canvas->WriteField("  verified", VerifiedText(report.compared));
  canvas->WriteField("  compared", ComparedText(report.compared));
  if (!d.narrowing_note.empty()) canvas->WriteField("  note", d.narrowing_note, Style::kWarn);
}

void WriteTroubleHead(const Report& report, Canvas* canvas) {
  const Trouble trouble = report.trouble.value_or(Trouble{});
  canvas->Write({{"TROUBLE", Style::kWarn},
                 {trouble.instance.empty() ? "  the run came to no verdict"
                                           : "  of instance " + trouble.instance,
                  Style::kBold}});
  canvas->Blank();
  canvas->WriteField("  reason", trouble.reason);
  if (report.compared.blocks != 0 || report.compared.windows != 0) {
    canvas->WriteField("  verified", VerifiedText(report.compared));
    canvas->WriteField("  compared", ComparedText(report.compared));
  }
}

std::string ArchOf(const Report& report) {
  return report.instances.empty() ? "" : report.instances.front().identity.guest_arch;
}

// The instance whose values the others' are marked against: the first of the largest group.
size_t ReferenceOf(const Report& report) {
  const Divergence& d = *report.divergence;
  if (d.groups.empty() || d.groups.front().empty()) return 0;
  for (size_t i = 0; i < report.instances.size(); ++i) {
    if (report.instances[i].name == d.groups.front().front()) return i;
  }
  return 0;
}

std::string Hex(uint64_t value) { return absl::StrFormat("0x%016x", value); }

std::optional<uint64_t> Find(const std::vector<std::pair<std::string, uint64_t>>& values,
                             const std::string& name) {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  return std::nullopt;
}

// One instance's account of the instruction: a line for each register that it changed, its trap,
// the next pc.
std::vector<Line> AccountLines(const InstructionResult& result, const InstructionResult& reference,
                               bool mark, bool color, const std::string& guest_arch) {
  std::vector<Line> lines;
  const auto add = [&](const std::string& name, const std::string& value,
                       const std::optional<std::string>& other) {
    const Line head = Padded({{name, Style::kPlain}}, 9);
    if (!mark || (other && *other == value)) {
      lines.push_back(Joined(head, {{value, Style::kPlain}}));
      return;
    }
    lines.push_back(Joined(head, Marked(value, other.value_or(""))));
    if (!color && other) lines.push_back({{std::string(9, ' ') + Carets(value, *other)}});
  };
  for (const auto& [name, value] : result.changed) {
    const auto other = Find(reference.changed, name);
    add(name, Hex(value), other ? std::optional<std::string>(Hex(*other)) : std::nullopt);
  }
  for (const auto& [name, value] : reference.changed) {
    if (!Find(result.changed, name)) lines.push_back({{name + " unchanged", Style::kBad}});
  }
  if (result.trap) {
    const bool same = reference.trap && result.trap->fields == reference.trap->fields;
    std::string text = EventText(*result.trap, guest_arch);
    text.resize(std::min(text.size(), text.find(", handler")));  // the next pc says it
    lines.push_back({{std::move(text), mark && !same ? Style::kBad : Style::kPlain}});
  } else if (reference.trap) {
    lines.push_back({{"no trap", Style::kBad}});
  }
  if (result.next_pc != 0) {
    add("next pc", Hex(result.next_pc),
        reference.next_pc != 0 ? std::optional<std::string>(Hex(reference.next_pc)) : std::nullopt);
  }
  if (lines.empty()) lines.push_back({{"not known", Style::kDim}});
  return lines;
}

}  // namespace

void WriteHeadline(const Report& report, Canvas* canvas) {
  if (report.outcome == Outcome::kDiverged && report.divergence) {
    WriteDivergedHead(report, canvas);
  } else if (report.outcome == Outcome::kIdentical) {
    canvas->Write(
        {{"IDENTICAL", Style::kGood}, {"  every instance agrees to the end", Style::kBold}});
    canvas->Blank();
    canvas->WriteField("  verified", VerifiedText(report.compared));
    canvas->WriteField("  compared", ComparedText(report.compared));
  } else {
    WriteTroubleHead(report, canvas);
  }
  if (report.elapsed_seconds > 0) {
    std::string took = absl::StrFormat("%.1f s", report.elapsed_seconds);
    const double mips = static_cast<double>(report.compared.insns) / 1e6 / report.elapsed_seconds;
    if (mips >= 0.1) absl::StrAppendFormat(&took, ", %.1f million instructions per second", mips);
    canvas->WriteField("  took", took);
  }
}

void WriteInstruction(const Report& report, Canvas* canvas) {
  if (!report.divergence->instruction) return;
  const NarrowedInstruction& insn = *report.divergence->instruction;
  const std::string space = SpaceText(insn.space);
  canvas->Section("Instruction", absl::StrFormat("begun as number %d%s%s", insn.icount,
                                                 space.empty() ? "" : ", ", space));
  std::string word;
  for (size_t i = insn.bytes.size(); i-- > 0;) word += absl::StrFormat("%02x", insn.bytes[i]);
  Line line = {{absl::StrFormat("  0x%x  %s  ", insn.place.pc, word), Style::kPlain},
               {insn.text.empty() ? "(code unknown)" : insn.text, Style::kBold}};
  if (!insn.place.symbol.empty()) line.push_back({"   <" + insn.place.symbol + ">", Style::kDim});
  if (!insn.place.source.empty()) line.push_back({"  " + insn.place.source, Style::kDim});
  canvas->Write(line);
  canvas->Blank();
  const char* label = "reads";
  for (const auto& [name, value] : insn.operands) {
    canvas->Write({{absl::StrFormat("  %-10s", label), Style::kDim},
                   {absl::StrFormat("%-8s %s", name, Hex(value)), Style::kPlain}});
    label = "";
  }
  const size_t reference = std::min(ReferenceOf(report), insn.results.size() - 1);
  size_t name_width = 8;
  for (const InstructionResult& result : insn.results) {
    name_width = std::max(name_width, WidthOf(result.instance));
  }
  for (size_t i = 0; i < insn.results.size(); ++i) {
    const InstructionResult& result = insn.results[i];
    const bool outlier = i < report.instances.size() && report.instances[i].outlier;
    bool first = true;
    for (const Line& account : AccountLines(result, insn.results[reference], i != reference,
                                            canvas->color(), ArchOf(report))) {
      Line head = Padded({{"  ", Style::kPlain},
                          {first ? result.instance : "", outlier ? Style::kBad : Style::kGood}},
                         kIndent + name_width + 2);
      canvas->Write(Joined(std::move(head), account));
      first = false;
    }
  }
}

void WriteSuspectBlock(const Report& report, Canvas* canvas) {
  const Divergence& d = *report.divergence;
  if (!d.suspect_block || d.suspect_block_listing.empty()) return;
  const std::string who = d.outliers.empty() ? "" : " " + d.outliers.front();
  canvas->Section("Suspect code", absl::StrFormat("what%s ran from the last agreed boundary at "
                                                  "icount %d",
                                                  who, d.suspect_block->icount));
  const auto& lines = d.suspect_block_listing;
  const std::string at =
      d.instruction ? absl::StrFormat("0x%x ", d.instruction->place.pc) : std::string();
  size_t guilty = lines.size();
  for (size_t i = 0; d.instruction && i < lines.size(); ++i) {
    // Of several rounds of a loop it is the one that the icount says.
    if (absl::StartsWith(lines[i], at) &&
        (guilty == lines.size() || d.suspect_block->icount + i == d.instruction->icount)) {
      guilty = i;
    }
  }
  size_t begin = 0;
  if (lines.size() > kMaxListing && guilty < lines.size()) {
    begin = guilty > kMaxListing / 2 ? guilty - kMaxListing / 2 : 0;
    begin = std::min(begin, lines.size() - kMaxListing);
  }
  const size_t end = std::min(lines.size(), begin + kMaxListing);
  if (begin > 0) canvas->Write({{absl::StrFormat("    ... %d before", begin), Style::kDim}});
  for (size_t i = begin; i < end; ++i) {
    const bool mark = i == guilty;
    canvas->Write(
        {{mark ? "  ▶ " : "    ", Style::kBad}, {lines[i], mark ? Style::kBold : Style::kPlain}});
  }
  if (end < lines.size()) {
    canvas->Write({{absl::StrFormat("    ... %d after", lines.size() - end), Style::kDim}});
  }
}

void WriteInstances(const Report& report, Canvas* canvas) {
  if (report.instances.empty()) return;
  canvas->Section("Instances");
  size_t name_width = 4;
  for (const Instance& instance : report.instances) {
    name_width = std::max(name_width, WidthOf(instance.name));
  }
  for (const Instance& instance : report.instances) {
    Line head = Padded(
        {{"  ", Style::kPlain}, {instance.name, instance.outlier ? Style::kBad : Style::kBold}},
        name_width + 4);
    std::vector<std::string> facts;
    if (!instance.identity.producer.empty()) facts.push_back(instance.identity.producer);
    if (!report.compared.sums) facts.push_back(absl::StrCat(instance.blocks, " blocks"));
    if (!instance.end.empty()) facts.push_back(instance.end);
    canvas->WriteWrapped(std::move(head), absl::StrJoin(facts, "; "));
    if (!instance.command.empty()) {
      canvas->Write({{std::string(name_width + 4, ' ') + "$ " + instance.command, Style::kDim}});
    }
  }
}

void WriteSkews(const Report& report, Canvas* canvas) {
  const auto& skews = report.compared.skew_list;
  if (skews.empty()) return;
  const size_t shown = std::min(skews.size(), kMaxSkews);
  canvas->Section("Skews", shown < report.compared.skews
                               ? absl::StrCat("the first ", shown, " of ", report.compared.skews)
                               : "interrupts that came apart, as the policy allows");
  const std::string arch = ArchOf(report);
  for (size_t i = 0; i < shown; ++i) {
    std::string text = SkewText(skews[i], report.instances, arch);
    if (report.vcpus > 1) text = absl::StrCat("vCPU ", skews[i].vcpu, ", ", text);
    canvas->WriteField("  -", text);
  }
}

void WriteNotes(const Report& report, Canvas* canvas) {
  if (report.notes.empty()) return;
  canvas->Section("Notes");
  for (const std::string& note : report.notes) canvas->WriteField("  -", note);
}

void WriteNext(const Report& report, Canvas* canvas) {
  if (report.next_commands.empty()) return;
  canvas->Section("Next");
  for (const std::string& command : report.next_commands) canvas->Write("  $ " + command);
}

}  // namespace lockstep::report
