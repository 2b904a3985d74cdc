// Debian 13's installer for riscv64 (the netboot image) on lockstep-emu's serial port: its first
// screen comes, a key is answered by the next screen, and its shell powers the machine off.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/linux/linux_guest.h"
#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

// The screens are drawn by newt inside GNU screen: window 1 is the installer, window 2 a shell. A
// key is pressed when the help line at the end of a dialogue has been drawn and some time passed.
constexpr char kScript[] =
    "expect Select a language\n"
    "expect activates buttons\n"
    "delay-insns 100000000\n"
    "send \\r\n"
    "expect Select your location\n"
    "expect activates buttons\n"
    "delay-insns 100000000\n"
    "send \\x01\n"
    "send 2\n"
    "expect \"~ #\"\n"
    "send \"poweroff -f\\r\"\n";

TEST(InstallerTest, FirstScreenAndTheNext) {
  const std::string kernel = testing::FetchedGuest("installer/linux");
  const std::string initrd = testing::FetchedGuest("installer/initrd.gz");
  if (kernel.empty() || initrd.empty()) GTEST_SKIP() << testing::kGuestsMissing;
  std::vector<std::string> options = testing::LinuxOptions(initrd, "", kernel);
  for (const char* word : {"--engine", "jit"}) options.push_back(word);
  const testing::ProcessResult result = testing::RunEmulator(options, kScript, 800);
  EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
  for (const char* text : {"[!!] Select a language", "Choose the language to be used", "English",
                           "[!!] Select your location", "United States", "reboot: Power down"}) {
    EXPECT_NE(result.out.find(text), std::string::npos) << text << "\n" << result.out;
  }
  EXPECT_EQ(result.err.find("console script stands"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace lockstep
