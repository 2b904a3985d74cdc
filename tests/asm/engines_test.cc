// Every assembly test under `lockstep run`: the translator, which translates from the first entry
// on, against the interpreter. Every block state is compared.
// One test case for each source, named FOLDER.NAME with '_' for the dots of the name.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "tests/asm/expectations.h"
#include "tests/support/process.h"

namespace lockstep::testing {
namespace {

class EnginesTest : public ::testing::Test {
 public:
  // `source` is the workspace path of a .S file; its program lies beside it.
  explicit EnginesTest(std::string source) : source_(std::move(source)) {}

  void TestBody() override {
    const std::string emulator = Runfile("emulator/main/lockstep-emu");
    const std::string image = Runfile(absl::StrCat(absl::StripSuffix(source_, ".S"), ".elf"));
    const std::string cpu = CpuOf(ReadFile(Runfile(source_)));
    const ProcessResult run = RunProcess(
        {Runfile("coordinator/cli/lockstep"), "run", "--quiet", "--a",
         absl::StrCat(emulator, " --engine jit --jit-threshold 1 --jit-verify"), "--b", emulator,
         "--out", MakeTempDir(), "--", "-M", "virt", "-cpu", cpu, "-nographic", "-bios", image});
    EXPECT_EQ(run.exit_code, 0) << source_ << ": " << run.out << run.err;
    EXPECT_NE(run.out.find("IDENTICAL  insns="), std::string::npos) << run.out;
    EXPECT_NE(run.out.find("(jit)"), std::string::npos) << run.out;
  }

 private:
  std::string source_;
};

void RegisterFolder(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Runfile("tests/asm/" + folder))) {
    if (entry.path().extension() == ".S") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string source = absl::StrCat("tests/asm/", folder, "/", name, ".S");
    ::testing::RegisterTest(folder.c_str(),
                            absl::StrReplaceAll(name, {{".", "_"}, {"-", "_"}}).c_str(), nullptr,
                            nullptr, __FILE__, __LINE__,
                            [source]() -> ::testing::Test* { return new EnginesTest(source); });
  }
}

}  // namespace
}  // namespace lockstep::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  lockstep::testing::RegisterFolder("insn");
  lockstep::testing::RegisterFolder("priv");
  return RUN_ALL_TESTS();
}
