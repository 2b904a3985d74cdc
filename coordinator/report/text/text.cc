#include "coordinator/report/text/text.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/report/text/canvas.h"
#include "coordinator/report/text/sections.h"
#include "coordinator/report/text/words.h"

namespace lockstep::report {
namespace {

// Fit for the inside of double quotes on one line.
std::string Quotable(std::string text) {
  for (char& c : text) {
    if (c == '"') c = '\'';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

std::string DivergedLine(const Divergence& divergence) {
  uint64_t icount = divergence.icount;
  uint64_t pc = divergence.place.pc;
  std::string insn;
  if (divergence.instruction) {
    icount = divergence.instruction->icount;
    pc = divergence.instruction->place.pc;
    insn = divergence.instruction->text;
  }
  return absl::StrFormat("DIVERGED   kind=%s vcpu=%d icount=%d pc=0x%x insn=\"%s\" instances=%s",
                         KindName(divergence.kind), divergence.vcpu, icount, pc, Quotable(insn),
                         Quotable(absl::StrJoin(divergence.outliers, ",")));
}

}  // namespace

std::string VerdictLine(const Report& report) {
  switch (report.outcome) {
    case Outcome::kIdentical: {
      const Compared& compared = report.compared;
      return absl::StrFormat(
          "IDENTICAL  insns=%d %s compared=%s vcpus=%d", compared.insns,
          compared.sums ? absl::StrFormat("windows=%d", compared.windows)
                        : absl::StrFormat("blocks=%d splits=%d", compared.blocks, compared.splits),
          ComparedList(compared.groups, ","), report.vcpus);
    }
    case Outcome::kDiverged:
      if (report.divergence) return DivergedLine(*report.divergence);
      break;
    case Outcome::kTrouble:
      break;
  }
  const Trouble trouble = report.trouble.value_or(Trouble{"", "the report has no verdict"});
  return absl::StrFormat("TROUBLE    instance=%s reason=\"%s\"",
                         trouble.instance.empty() ? "-" : Quotable(trouble.instance),
                         Quotable(trouble.reason));
}

std::string RenderText(const Report& report, const TextOptions& options) {
  Canvas canvas(options.color, static_cast<size_t>(std::max(options.width, 60)));
  WriteHeadline(report, &canvas);
  if (report.divergence) {
    WriteInstruction(report, &canvas);
    WriteRegisters(report, &canvas);
    WriteSuspectBlock(report, &canvas);
    WriteHistory(report, options.history, &canvas);
    WriteTlb(report, &canvas);
    WriteEvents(report, &canvas);
  }
  WriteInstances(report, &canvas);
  WriteSkews(report, &canvas);
  WriteNotes(report, &canvas);
  WriteNext(report, &canvas);
  canvas.Blank();
  return canvas.Take() + VerdictLine(report) + "\n";
}

}  // namespace lockstep::report
