// The benchmark programs compute what their sources say, with few iterations: on the host, bare
// metal and under Sv39 on the interpreter, the translator and QEMU, and in Linux on the translator.
// A sum that is wrong is seen.
//
//     programs_test NAME...

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/linux/linux_guest.h"
#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::ProcessResult;
using testing::Runfile;
using Words = std::vector<std::string>;

std::vector<std::string>* programs;  // of the command line

std::string File(const std::string& name) { return Runfile("tests/bench/guest/" + name); }

// The last line that begins with "bench end NAME ", without the carriage return of a console.
std::string EndLine(const std::string& text, const std::string& name) {
  std::string found;
  for (absl::string_view line : absl::StrSplit(text, absl::ByAnyChar("\r\n"))) {
    if (absl::StartsWith(line, absl::StrCat("bench end ", name, " "))) found = std::string(line);
  }
  return found;
}

// "ok", "WRONG", ...: the last word of the line; the sum is the fifth.
std::string Verdict(const std::string& line) {
  const Words words = absl::StrSplit(line, ' ');
  return words.size() == 7 ? words[6] : "no line";
}
std::string Sum(const std::string& line) {
  const Words words = absl::StrSplit(line, ' ');
  return words.size() == 7 ? words[4] : "no line";
}

ProcessResult RunNative(const std::string& name, const std::string& word) {
  return testing::RunProcess({File(name), word});
}

// On the virt board, with "test" or a number of iterations for the program.
ProcessResult RunGuest(const Words& emulator, const std::string& elf, const std::string& word) {
  const std::string parameter = testing::MakeTempDir() + "/parameter";
  testing::WriteFile(parameter, word + std::string(1, '\0'));
  Words argv = emulator;
  for (const std::string& option : Words{
           "-M", "virt", "-m", "256M", "-display", "none", "-monitor", "none", "-serial", "stdio",
           "-bios", elf, "-device", "loader,file=" + parameter + ",addr=0x8f000000,force-raw=on"}) {
    argv.push_back(option);
  }
  return testing::RunProcess(argv);
}

Words OwnEmulator(const std::string& engine) {
  return {Runfile("emulator/main/lockstep-emu"), "--engine", engine};
}

struct Program : ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(All, Program, ::testing::ValuesIn(*programs),
                         [](const auto& info) { return info.param; });

TEST_P(Program, Native) {
  const ProcessResult result = RunNative(GetParam(), "test");
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_EQ(Verdict(EndLine(result.out, GetParam())), "ok") << result.out;
}

TEST_P(Program, OnEmulators) {
  const std::string sum = Sum(EndLine(RunNative(GetParam(), "test").out, GetParam()));
  for (const Words& emulator :
       {OwnEmulator("interp"), OwnEmulator("jit"), Words{"qemu-system-riscv64"}}) {
    for (const char* setting : {"machine", "sv39"}) {
      const std::string elf = File(absl::StrCat(GetParam(), "_", setting, ".elf"));
      const ProcessResult result = RunGuest(emulator, elf, "test");
      const std::string what =
          absl::StrCat(emulator.back(), ", ", setting, ": ", result.out, result.err);
      EXPECT_EQ(result.exit_code, 0) << what;
      EXPECT_EQ(Verdict(EndLine(result.out, GetParam())), "ok") << what;
      EXPECT_EQ(Sum(EndLine(result.out, GetParam())), sum) << what;
    }
  }
}

TEST(Programs, InLinux) {
  if (!testing::HaveLinux()) GTEST_SKIP() << testing::kGuestsMissing;
  testing::Initramfs initramfs;
  std::string init;
  for (const std::string& name : *programs) {
    initramfs.AddFile("bin/" + name, testing::ReadFile(File(name + "_linux.elf")), 0755);
    init += "/bin/" + name + " test\n";
  }
  Words options = testing::LinuxOptions(initramfs.Write(init + "busybox poweroff -f\n"));
  options.insert(options.end(), {"--engine", "jit"});
  const ProcessResult result = testing::RunEmulator(options, "");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const std::string& name : *programs) {
    EXPECT_EQ(Verdict(EndLine(result.out, name)), "ok") << result.out;
    EXPECT_EQ(Sum(EndLine(result.out, name)), Sum(EndLine(RunNative(name, "test").out, name)));
  }
}

// What makes the tests above worth something: an emulator that computes wrong is found.
TEST(Programs, AWrongSumIsSeen) {
  Words emulator = OwnEmulator("interp");
  emulator.insert(emulator.end(), {"--inject", "sh-stores-word"});
  for (const char* setting : {"machine", "sv39"}) {
    const ProcessResult result =
        RunGuest(emulator, File(absl::StrFormat("mix_%s.elf", setting)), "test");
    EXPECT_EQ(Verdict(EndLine(result.out, "mix")), "WRONG") << setting << result.out << result.err;
    EXPECT_EQ(result.exit_code, 1) << setting;
  }
}

TEST(Programs, IterationsThatNobodyKnows) {
  const ProcessResult native = RunNative("mix", "7");
  const ProcessResult guest = RunGuest(OwnEmulator("interp"), File("mix_machine.elf"), "7");
  EXPECT_EQ(guest.exit_code, 0) << guest.out;
  EXPECT_EQ(Verdict(EndLine(guest.out, "mix")), "unknown") << guest.out;
  EXPECT_EQ(Sum(EndLine(guest.out, "mix")), Sum(EndLine(native.out, "mix")));
  EXPECT_NE(RunNative("mix", "full/1000").out.find("bench end mix 30 "), std::string::npos);
  for (const char* word : {"0", "x", "7x", "full/", "full/0", "fullest"}) {
    EXPECT_EQ(RunNative("mix", word).exit_code, 2) << word;
  }
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  lockstep::programs = new std::vector<std::string>;
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] != '-') lockstep::programs->push_back(argv[i]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
