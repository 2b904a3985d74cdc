// An instance of a run that traces and counts at the same time.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using nlohmann::json;

size_t Occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(RunTest, AnInstanceOfARunMayTraceToo) {
  const std::string dir = testing::MakeTempDir();
  const std::string emulator = testing::Runfile("emulator/main/lockstep-emu");
  const testing::ProcessResult result = testing::RunProcess(
      {testing::Runfile("coordinator/cli/lockstep"), "run", "--json", "-q", "--a",
       absl::StrCat(emulator, " -d int,exec -D ", dir, "/log --stats=json,file=", dir, "/stats"),
       "--b", absl::StrCat(emulator, " --max-block-insns 5"), "--out", dir + "/run", "--", "-M",
       "virt", "-nographic", "-bios", testing::Runfile("tests/asm/priv/trap-delegation.elf")});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  const json report = json::parse(result.out, nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(report["outcome"], "OUTCOME_IDENTICAL");
  const std::string log = testing::ReadFile(dir + "/log");
  const json stats = json::parse(testing::ReadFile(dir + "/stats"));
  const json& hart = stats["harts"][0];
  EXPECT_EQ(Occurrences(log, "Trace 0: "), hart["block_entries"]);
  EXPECT_EQ(Occurrences(log, "riscv_cpu_do_interrupt"),
            uint64_t{hart["exceptions"]} + uint64_t{hart["interrupts"]});
}

}  // namespace
}  // namespace lockstep
