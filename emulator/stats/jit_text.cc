#include "emulator/stats/jit_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "emulator/isa/inst.h"

namespace lockstep::stats {
namespace {

constexpr size_t kNamedOps = 12;

// What was carried out out of line, the most frequent operations first.
std::string OutOfLineLine(const jit::Counters& jit) {
  std::vector<std::pair<uint64_t, isa::Op>> ops;
  for (size_t i = 0; i < jit.out_of_line_by_op.size(); ++i) {
    if (jit.out_of_line_by_op[i] != 0) {
      ops.emplace_back(jit.out_of_line_by_op[i], static_cast<isa::Op>(i));
    }
  }
  std::ranges::sort(ops, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::string line = "lockstep-emu: jit: out_of_line";
  uint64_t others = 0;
  for (size_t i = 0; i < ops.size(); ++i) {
    if (i < kNamedOps) {
      absl::StrAppend(&line, " ", isa::Mnemonic(ops[i].second).data(), "=", ops[i].first);
    } else {
      others += ops[i].first;
    }
  }
  if (others != 0) absl::StrAppend(&line, " others=", others);
  return line + "\n";
}

}  // namespace

std::string JitText(const jit::Counters& jit, uint64_t insns) {
  std::string text = absl::StrFormat(
      "lockstep-emu: jit: insns=%d interpreted=%d out_of_line=%d entries=%d "
      "translations=%d regions=%d guest_insns=%d host_bytes=%d links=%d clears=%d\n",
      jit.insns, insns - jit.insns, jit.out_of_line(), jit.entries, jit.translations, jit.regions,
      jit.guest_insns, jit.host_bytes, jit.links, jit.clears);
  absl::StrAppend(&text, "lockstep-emu: jit: interpreted");
  for (size_t i = 0; i < jit::kReasonNames.size(); ++i) {
    absl::StrAppend(&text, " ", jit::kReasonNames[i].data(), "=", jit.interpreted[i]);
  }
  return text + "\n" + OutOfLineLine(jit);
}

}  // namespace lockstep::stats
