#include "emulator/isa/operands.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "emulator/isa/table.h"

namespace lockstep::isa {
namespace {

constexpr OperandUse UseOfText(std::string_view text) {
  OperandUse use;
  for (char letter : text) {
    switch (letter) {
      case 'd':
        use.rd = RegFile::kInt;
        break;
      case 'D':
        use.rd = RegFile::kFloat;
        break;
      case 's':
        use.rs1 = RegFile::kInt;
        break;
      case 'S':
        use.rs1 = RegFile::kFloat;
        break;
      case 't':
        use.rs2 = RegFile::kInt;
        break;
      case 'T':
        use.rs2 = RegFile::kFloat;
        break;
      case 'R':
        use.rs3 = RegFile::kFloat;
        break;
      default:
        break;
    }
  }
  return use;
}

constexpr auto kUses = [] {
  std::array<OperandUse, kRowCount + 1> uses{};
  for (const Row& row : kRows) uses[static_cast<size_t>(row.op)] = UseOfText(RowOf(row.base).text);
  return uses;
}();

}  // namespace

OperandUse OperandsOf(Op op) { return kUses[static_cast<size_t>(op)]; }

std::string_view OperandFormat(Op op) {
  return op == Op::kIllegal ? std::string_view() : RowOf(op).text;
}

}  // namespace lockstep::isa
