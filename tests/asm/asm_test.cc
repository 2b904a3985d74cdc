// Runs every assembly test on one emulator and compares what it prints with the head of its source.
// usage: asm_test --emulator=qemu|lockstep|lockstep-smallest|lockstep-jit|lockstep-jit-smallest|
//                            lockstep-jit-switches
// The last runs each test with each of the translator's optimisations off, and with all of them
// off. One test case for each source, named FOLDER.NAME with '_' for the dots of the name.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "emulator/jit/options.h"
#include "tests/asm/expectations.h"
#include "tests/support/process.h"

namespace lockstep::testing {
namespace {

constexpr int kTimeoutSeconds = 30;

using Words = std::vector<std::string>;

// The sets of options with which each test is run.
std::vector<Words> Variants(absl::string_view emulator) {
  if (emulator != "lockstep-jit-switches") return {Words()};
  std::vector<Words> variants(jit::kSwitches.size() + 1);
  for (size_t i = 0; i < jit::kSwitches.size(); ++i) {
    const std::string off = absl::StrCat("--jit-opt=", jit::kSwitches[i].name.data(), "=off");
    variants[i].push_back(off);
    variants.back().push_back(off);
  }
  return variants;
}

// The command line that runs a program image in place of the firmware, console on stdout.
Words CommandLine(absl::string_view emulator, const std::string& image, const std::string& cpu,
                  bool is_smp) {
  if (emulator == "qemu") {
    Words argv = {"qemu-system-riscv64",
                  "-M",
                  "virt",
                  "-cpu",
                  cpu,
                  "-display",
                  "none",
                  "-monitor",
                  "none",
                  "-serial",
                  "stdio",
                  "-seed",
                  "1",
                  "-rtc",
                  "base=2024-01-01T00:00:00,clock=vm",
                  "-bios",
                  image};
    // With several harts QEMU has no working -icount; what the tests expect does not need it.
    const Words more = is_smp ? Words{"-smp", "4"} : Words{"-icount", "shift=0,sleep=off"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  Words argv = {Runfile("emulator/main/lockstep-emu"),
                "-M",
                "virt",
                "-cpu",
                cpu,
                "-nographic",
                "-bios",
                image};
  if (is_smp) argv.insert(argv.end(), {"-smp", "4"});
  if (absl::StartsWith(emulator, "lockstep-jit")) {
    // Everything is translated, also what runs once.
    for (const char* option : {"--engine=jit", "--jit-threshold=1", "--jit-verify"}) {
      argv.push_back(option);
    }
  }
  if (absl::EndsWith(emulator, "-smallest")) {
    // Blocks of one instruction and a TLB of one entry: every split and every miss.
    for (const char* option : {"--max-block-insns=1", "--tlb-entries=1", "--victim-entries=0"}) {
      argv.push_back(option);
    }
    if (is_smp) argv.push_back("--quantum=1");
  }
  return argv;
}

class AsmTest : public ::testing::Test {
 public:
  // `source` is the workspace path of a .S file; its program lies beside it.
  AsmTest(std::string emulator, std::string source)
      : emulator_(std::move(emulator)), source_(std::move(source)) {}

  void TestBody() override {
    const std::string text = ReadFile(Runfile(source_));
    const auto expected = ParseExpectations(text);
    ASSERT_TRUE(expected.ok()) << source_ << ": " << expected.status();
    const std::string image = Runfile(absl::StrCat(absl::StripSuffix(source_, ".S"), ".elf"));
    for (const Words& options : Variants(emulator_)) {
      Words argv = CommandLine(emulator_, image, CpuOf(text), absl::StrContains(source_, "/smp/"));
      argv.insert(argv.end(), options.begin(), options.end());
      const ProcessResult run = RunProcess(argv, "", kTimeoutSeconds);
      EXPECT_EQ(run.exit_code, 0) << source_ << ": the program did not power the machine off";
      EXPECT_EQ(run.err, "") << source_;
      const std::vector<std::string> differences = Differences(*expected, run.out);
      EXPECT_TRUE(differences.empty())
          << source_ << " on " << emulator_ << " " << absl::StrJoin(options, " ") << ":\n  "
          << absl::StrJoin(differences, "\n  ");
    }
  }

 private:
  std::string emulator_, source_;
};

void RegisterFolder(const std::string& emulator, const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Runfile("tests/asm/" + folder))) {
    if (entry.path().extension() == ".S") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string source = absl::StrCat("tests/asm/", folder, "/", name, ".S");
    ::testing::RegisterTest(
        folder.c_str(), absl::StrReplaceAll(name, {{".", "_"}, {"-", "_"}}).c_str(), nullptr,
        nullptr, __FILE__, __LINE__,
        [emulator, source]() -> ::testing::Test* { return new AsmTest(emulator, source); });
  }
}

}  // namespace
}  // namespace lockstep::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  absl::string_view emulator = argc == 2 ? argv[1] : "";
  if (!absl::ConsumePrefix(&emulator, "--emulator=") ||
      (emulator != "qemu" && emulator != "lockstep" && emulator != "lockstep-smallest" &&
       emulator != "lockstep-jit" && emulator != "lockstep-jit-smallest" &&
       emulator != "lockstep-jit-switches")) {
    std::fprintf(stderr,
                 "usage: asm_test --emulator=qemu|lockstep|lockstep-smallest|lockstep-jit|"
                 "lockstep-jit-smallest|lockstep-jit-switches\n");
    return 2;
  }
  lockstep::testing::RegisterFolder(std::string(emulator), "insn");
  lockstep::testing::RegisterFolder(std::string(emulator), "priv");
  lockstep::testing::RegisterFolder(std::string(emulator), "smp");
  return RUN_ALL_TESTS();
}
