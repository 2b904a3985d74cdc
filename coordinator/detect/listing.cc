#include "coordinator/detect/listing.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "emulator/isa/inst.h"

namespace lockstep::detect {
namespace {

// Bytes of the instruction whose first half-word is at code[at]; 0 when it is not all there.
size_t RiscvLength(const std::vector<uint8_t>& code, size_t at) {
  if (at + 2 > code.size()) return 0;
  const size_t length = (code[at] & 3) == 3 ? 4 : 2;
  return at + length <= code.size() ? length : 0;
}

}  // namespace

std::vector<ListedInsn> ListBlock(const state::BlockInfo& info, uint32_t max_insns,
                                  const std::string& guest_arch) {
  const bool riscv = guest_arch == "riscv64";
  std::vector<ListedInsn> result;
  size_t at = 0;
  for (uint32_t k = 0; k < std::min(info.n_insns, max_insns); ++k) {
    size_t length = 0;
    if (k < info.offsets.size()) {
      at = info.offsets[k];
      const size_t end = k + 1 < info.offsets.size() ? info.offsets[k + 1] : info.code.size();
      if (end > at && end <= info.code.size()) length = end - at;
    }
    if (riscv && length == 0) length = RiscvLength(info.code, at);
    if (length == 0 && k >= info.offsets.size()) break;
    ListedInsn insn;
    insn.pc = info.pc + at;
    insn.bytes.assign(
        info.code.begin() + static_cast<ptrdiff_t>(std::min(at, info.code.size())),
        info.code.begin() + static_cast<ptrdiff_t>(std::min(at + length, info.code.size())));
    if (riscv && (insn.bytes.size() == 2 || insn.bytes.size() == 4)) {
      uint32_t word = 0;
      for (size_t i = insn.bytes.size(); i-- > 0;) word = word << 8 | insn.bytes[i];
      insn.text = isa::Disassemble(isa::Decode(word), insn.pc);
    }
    result.push_back(std::move(insn));
    at += length;
  }
  return result;
}

std::string LineOf(const ListedInsn& insn) {
  std::string word;
  for (size_t i = insn.bytes.size(); i-- > 0;) word += absl::StrFormat("%02x", insn.bytes[i]);
  return absl::StrFormat("0x%x  %-8s  %s", insn.pc, word,
                         insn.text.empty() ? "(code unknown)" : insn.text);
}

}  // namespace lockstep::detect
