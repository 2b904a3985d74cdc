// A bare-metal program that looks at every register of every device, provokes access faults and
// measures when interrupts come, sees the same under QEMU 7.2 and under lockstep-emu, to the
// instruction.

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/console_peer.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::ProcessResult;
using testing::Runfile;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

ProcessResult Probe(const std::vector<std::string>& extra) {
  std::vector<std::string> argv = {Runfile("emulator/main/lockstep-emu"),
                                   "-cpu",
                                   testing::kCommonCpu,
                                   "-bios",
                                   "none",
                                   "-kernel",
                                   Runfile("tests/e2e/guest/device_probe.elf"),
                                   "-rtc",
                                   "base=2024-01-01T00:00:00"};
  argv.insert(argv.end(), extra.begin(), extra.end());
  return testing::RunProcess(argv);
}

TEST(DeviceProbeTest, SeesWhatItSeesUnderQemu) {
  testing::ConsoleResult qemu =
      testing::RunWithScript(testing::QemuCommand({"-bios", "none", "-kernel",
                                                   Runfile("tests/e2e/guest/device_probe.elf")}),
                             "", 60);
  EXPECT_EQ(qemu.exit_code, 7) << "the probe's own exit code";
  ProcessResult ours = Probe({});
  EXPECT_EQ(ours.exit_code, 7) << ours.err;
  std::vector<std::string> expected = Lines(qemu.output), actual = Lines(ours.out);
  ASSERT_GT(expected.size(), 900u);
  ASSERT_EQ(actual.size(), expected.size());
  int differences = 0;
  for (size_t i = 0; i < expected.size() && differences < 20; ++i) {
    if (actual[i] == expected[i]) continue;
    ++differences;
    ADD_FAILURE() << "line " << i + 1 << "\n  qemu " << expected[i] << "\n  ours " << actual[i];
  }
}

TEST(DeviceProbeTest, DoesNotDependOnBlocksOrTlb) {
  ProcessResult reference = Probe({});
  for (const char* limit : {"1", "2", "7", "65535"}) {
    ProcessResult other = Probe({"--max-block-insns", limit, "--tlb-entries", "1"});
    EXPECT_EQ(other.out, reference.out) << "blocks of at most " << limit;
  }
}

}  // namespace
}  // namespace lockstep
