#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "emulator/isa/inst.h"
#include "emulator/isa/table.h"

namespace lockstep::isa {
namespace {

// The word csrrw zero,cycle,zero, which assemblers offer as an instruction that must trap and
// which objdump prints under that name even with -M no-aliases.
constexpr uint32_t kUnimp = 0xc0001073;

constexpr uint8_t kRoundDynamic = 7;

void AppendHex(uint64_t value, std::string& out) {
  char text[24];
  out.append(text,
             std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value)));
}

void AppendRoundingMode(uint8_t rm, std::string& out) {
  static constexpr std::string_view kNames[8] = {"rne", "rtz",     "rdn",     "rup",
                                                 "rmm", "unknown", "unknown", "dyn"};
  out += ',';
  out += kNames[rm & 7];
}

// One of the two sets of a fence: device input, output, memory reads, writes.
void AppendFenceSet(uint32_t set, std::string& out) {
  set &= 15;
  if (set == 0) {
    out += "unknown";
    return;
  }
  if (set & 8) out += 'i';
  if (set & 4) out += 'o';
  if (set & 2) out += 'r';
  if (set & 1) out += 'w';
}

void AppendOperand(char letter, const Instruction& inst, uint64_t pc, std::string& out) {
  switch (letter) {
    case 'd':
      out += IntRegisterName(inst.rd);
      return;
    case 's':
      out += IntRegisterName(inst.rs1);
      return;
    case 't':
      out += IntRegisterName(inst.rs2);
      return;
    case 'D':
      out += FloatRegisterName(inst.rd);
      return;
    case 'S':
      out += FloatRegisterName(inst.rs1);
      return;
    case 'T':
      out += FloatRegisterName(inst.rs2);
      return;
    case 'R':
      out += FloatRegisterName(inst.rs3);
      return;
    case 'i':
      out += std::to_string(inst.imm);
      return;
    case 'h':
      AppendHex(static_cast<uint64_t>(inst.imm), out);
      return;
    case 'u':
      AppendHex(static_cast<uint64_t>(inst.imm) >> 12 & 0xfffff, out);
      return;
    case 'p':
      AppendHex(pc + static_cast<uint64_t>(inst.imm), out);
      return;
    case 'c': {
      const std::string_view name = CsrName(inst.csr);
      if (name.empty()) {
        AppendHex(inst.csr, out);
      } else {
        out += name;
      }
      return;
    }
    case 'z':
      out += std::to_string(inst.rs1);
      return;
    case 'm':
      if (inst.rm != kRoundDynamic) AppendRoundingMode(inst.rm, out);
      return;
    case 'M':
      if (inst.rm != 0) AppendRoundingMode(inst.rm, out);
      return;
    case 'F':
      AppendFenceSet(static_cast<uint32_t>(inst.imm) >> 4, out);
      out += ',';
      AppendFenceSet(static_cast<uint32_t>(inst.imm), out);
      return;
    default:
      out += letter;
      return;
  }
}

}  // namespace

std::string Disassemble(const Instruction& inst, uint64_t pc) {
  std::string out;
  if (inst.op == Op::kIllegal) {
    out = inst.length_bytes == 2 ? ".2byte " : ".4byte ";
    AppendHex(inst.raw, out);
    return out;
  }
  if (inst.raw == kUnimp) return "unimp";
  const Row& row = RowOf(inst.op);
  out = row.mnemonic;
  if (row.format == Format::kAmo && inst.rm != 0) {
    out += '.';
    if (inst.rm & 2) out += "aq";
    if (inst.rm & 1) out += "rl";
  }
  if (!row.text.empty()) out += ' ';
  for (char letter : row.text) AppendOperand(letter, inst, pc, out);
  return out;
}

}  // namespace lockstep::isa
