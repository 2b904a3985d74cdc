// tests/bench/emulators.py runs, writes its figures down, and fails for a wrong sum and for nothing
// that has to do with time.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::ProcessResult;
using testing::Runfile;
using Words = std::vector<std::string>;

ProcessResult RunScript(const Words& options) {
  const std::string script = Runfile("tests/bench/emulators.py");
  const std::string bin = script.substr(0, script.find("tests/bench/emulators.py"));
  Words argv = {"python3", script, "--bin", bin, "--runs", "1", "--iterations", "test"};
  argv.insert(argv.end(), options.begin(), options.end());
  return testing::RunProcess(argv);
}

TEST(EmulatorsTest, FiguresOfTwoSettings) {
  const std::string path = testing::MakeTempDir() + "/figures.json";
  const ProcessResult result =
      RunScript({"--settings", "machine,sv39", "--programs", "matrix,strings", "--json", path});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("geometric mean"), std::string::npos) << result.out;
  const nlohmann::json figures = nlohmann::json::parse(testing::ReadFile(path));
  for (const char* setting : {"machine", "sv39"}) {
    const nlohmann::json& matrix = figures["settings"][setting]["matrix"];
    // Two products of 96 x 96 x 96, five instructions or more a step.
    EXPECT_GT(matrix["insns"], 2 * 96 * 96 * 96 * 5) << setting;
    EXPECT_GT(matrix["seconds"]["interp"], 0.0) << setting;
    EXPECT_GT(matrix["peak_mib"]["qemu"], 0) << setting;
  }
}

TEST(EmulatorsTest, AWrongSumFailsIt) {
  const std::string wrong = testing::MakeTempDir() + "/wrong-emu";
  testing::WriteFile(wrong, "#!/bin/sh\nexec " + Runfile("emulator/main/lockstep-emu") +
                                " \"$@\" --inject sh-stores-word\n");
  ASSERT_EQ(testing::RunProcess({"chmod", "+x", wrong}).exit_code, 0);
  const ProcessResult result = RunScript(
      {"--settings", "machine", "--programs", "mix", "--engines", "interp,qemu", "--emu", wrong});
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_NE(result.err.find("mix, machine on interp: 0x"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("on qemu"), std::string::npos) << result.err;
}

TEST(EmulatorsTest, AProgramThatDoesNotRunIsTrouble) {
  const ProcessResult missing =
      RunScript({"--settings", "machine", "--programs", "mix", "--emu", "/nowhere"});
  EXPECT_EQ(missing.exit_code, 2) << missing.err;
  EXPECT_NE(missing.err.find("/nowhere"), std::string::npos) << missing.err;
  EXPECT_EQ(missing.err.find("Traceback"), std::string::npos) << missing.err;
  const ProcessResult unknown = RunScript({"--programs", "mix,nothing"});
  EXPECT_EQ(unknown.exit_code, 2) << unknown.err;
}

}  // namespace
}  // namespace lockstep
