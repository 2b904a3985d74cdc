// Every row of the instruction table has a test: insn/MNEMONIC.S, which uses the instruction.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "emulator/isa/inst.h"
#include "tests/support/process.h"

namespace lockstep::testing {
namespace {

constexpr absl::string_view kFolder = "tests/asm/insn/";

// Whether `mnemonic` is the first word of a statement of the source, or of a macro's argument such
// as "REMAP all, page_b, sfence.vma"; .aq and .rl suffixes aside.
bool Uses(absl::string_view source, absl::string_view mnemonic) {
  for (absl::string_view line : absl::StrSplit(source, '\n')) {
    line = line.substr(0, line.find('#'));
    for (absl::string_view word : absl::StrSplit(line, absl::ByAnyChar(" ,\t"))) {
      for (const char* suffix : {".aqrl", ".aq", ".rl", ""}) {
        if (word == absl::StrCat(mnemonic, suffix)) return true;
      }
    }
  }
  return false;
}

TEST(AsmCoverageTest, EveryInstructionHasItsTest) {
  for (int i = 1; i < static_cast<int>(isa::Op::kCount); ++i) {
    const std::string mnemonic(isa::Mnemonic(static_cast<isa::Op>(i)));
    const std::string path = Runfile(absl::StrCat(kFolder, mnemonic, ".S"));
    if (!std::filesystem::exists(path)) {
      ADD_FAILURE() << kFolder << mnemonic << ".S is missing: write a test of '" << mnemonic << "'";
      continue;
    }
    EXPECT_TRUE(Uses(ReadFile(path), mnemonic)) << path << " does not use '" << mnemonic << "'";
  }
}

TEST(AsmCoverageTest, EveryTestIsOfAnInstruction) {
  std::set<std::string> mnemonics;
  for (int i = 1; i < static_cast<int>(isa::Op::kCount); ++i) {
    mnemonics.emplace(std::string(isa::Mnemonic(static_cast<isa::Op>(i))));
  }
  int files = 0;
  const std::filesystem::path folder = std::filesystem::path(Runfile("tests/asm/insn/addi.S"));
  for (const auto& entry : std::filesystem::directory_iterator(folder.parent_path())) {
    if (entry.path().extension() != ".S") continue;
    ++files;
    EXPECT_EQ(mnemonics.count(entry.path().stem().string()), 1u)
        << entry.path() << " is named after no row of the instruction table";
  }
  EXPECT_EQ(files, static_cast<int>(mnemonics.size()));
}

}  // namespace
}  // namespace lockstep::testing
