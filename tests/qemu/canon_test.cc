// `lockstep canon` and `lockstep run`: two versions of QEMU and lockstep-emu start from the same
// bytes, and agree over OpenSBI with U-Boot and over a whole boot of Debian 13's Linux.
//
// Linux and QEMU 10 come from bazel/fetch_guests.sh; without them those tests are skipped.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "emulator/jit/options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kFirmware[] = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin";
constexpr char kUBoot[] = "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin";
constexpr int kPatienceSeconds = 800;

std::string Lockstep() { return testing::Runfile("coordinator/cli/lockstep"); }

class CanonTest : public ::testing::Test {
 protected:
  // Makes the image; options after the firmware's.
  void Canon(const std::vector<std::string>& options) {
    std::vector<std::string> argv = {Lockstep(), "canon", "--out", directory_, "--bios", kFirmware};
    argv.insert(argv.end(), options.begin(), options.end());
    const testing::ProcessResult result = testing::RunProcess(argv);
    ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("lockstep-emu.args"));
  }
  void CanonLinux(const std::vector<std::string>& more = {}) {
    std::vector<std::string> options = {"--kernel", testing::FetchedGuest("linux/Image"),
                                        "--initrd", testing::FetchedGuest("linux/initrd.gz"),
                                        "--append", "console=ttyS0"};
    options.insert(options.end(), more.begin(), more.end());
    Canon(options);
  }
  std::string Command(const std::string& program, const std::string& arguments) {
    return program + " " +
           std::string(absl::StripAsciiWhitespace(testing::ReadFile(directory_ + "/" + arguments)));
  }
  std::string Qemu7() { return Command("qemu-system-riscv64", "qemu-7.2.args"); }
  std::string Qemu10() {
    return Command(testing::FetchedGuest("qemu10/usr/bin/qemu-system-riscv64"), "qemu-10.args");
  }
  std::string Emulator() {
    return Command(testing::Runfile("emulator/main/lockstep-emu"), "lockstep-emu.args");
  }
  static testing::ProcessResult Compare(const std::string& a, const std::string& b,
                                        const std::vector<std::string>& flags) {
    std::vector<std::string> argv = {Lockstep(), "run", "--quiet", "--out", testing::MakeTempDir(),
                                     "--a",      a,     "--b",     b};
    argv.insert(argv.end(), flags.begin(), flags.end());
    return testing::RunProcess(argv, "", kPatienceSeconds);
  }

  const std::string directory_ = testing::MakeTempDir();
};

// ---- OpenSBI and U-Boot ------------------------------------------------------------------------

class Firmware : public CanonTest {
 protected:
  void SetUp() override { Canon({"--kernel", kUBoot}); }
};

TEST_F(Firmware, QemuAndTheEmulatorAreIdenticalInRegistersToo) {
  const testing::ProcessResult result =
      Compare(Qemu7(), Emulator(), {"--qemu", "regs=block", "--max-insns", "20M"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("IDENTICAL  insns=20000000 "));
  EXPECT_THAT(result.out, HasSubstr("compared=pc,gpr"));
}

TEST_F(Firmware, TwoVersionsOfQemuAreIdenticalInRegistersToo) {
  if (testing::FetchedGuest("qemu10").empty()) GTEST_SKIP() << testing::kGuestsMissing;
  const testing::ProcessResult result =
      Compare(Qemu7(), Qemu10(), {"--qemu", "regs=block", "--max-insns", "20M"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("IDENTICAL  insns=20000000 "));
  EXPECT_THAT(result.out, HasSubstr("compared=pc,gpr"));
}

// To U-Boot's prompt, and there for a while.
constexpr char kToThePrompt[] = "150M";

TEST_F(Firmware, QemuAndTheEmulatorAreIdenticalToThePrompt) {
  const testing::ProcessResult result =
      Compare(Qemu7(), Emulator(),
              {"--qemu", "regs=window,traps=on", "--digest=window", "--max-insns", kToThePrompt});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("IDENTICAL  insns=150000000 "), HasSubstr("compared=pc,gpr "),
                    Not(HasSubstr("interrupts are not compared"))));
}

// All groups, at the ends of windows: also fpr, csr and all stores.
TEST_F(Firmware, Qemu10AndTheEmulatorAreIdenticalInAllGroups) {
  if (testing::FetchedGuest("qemu10").empty()) GTEST_SKIP() << testing::kGuestsMissing;
  const testing::ProcessResult result =
      Compare(Qemu10(), Emulator(),
              {"--qemu", "regs=window,memory=on,traps=on", "--digest=window", "--policy", "qemu",
               "--max-insns", kToThePrompt});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("IDENTICAL  insns=150000000 "),
                                HasSubstr("compared=pc,gpr,fpr,csr,mem"),
                                Not(HasSubstr("interrupts are not compared"))));
}

// Without the policy's mask the bits of mcounteren that QEMU 10 does not keep are found.
TEST_F(Firmware, AnUnmaskedRegisterIsFound) {
  if (testing::FetchedGuest("qemu10").empty()) GTEST_SKIP() << testing::kGuestsMissing;
  const testing::ProcessResult result = Compare(
      Qemu10(), Emulator(), {"--qemu", "regs=window", "--digest=window", "--max-insns", "4M"});
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("kind=csr"), HasSubstr("insn=\"csrrw zero,mcounteren,a5\"")));
}

TEST_F(Firmware, APolicyWithAnUnknownRegisterIsRefusedByQemu) {
  if (testing::FetchedGuest("qemu10").empty()) GTEST_SKIP() << testing::kGuestsMissing;
  const std::string policy = testing::MakeTempDir() + "/policy.txtpb";
  testing::WriteFile(policy, "csr_masks { csr: \"mipp\" ignored_bits: 1 }\n");
  const testing::ProcessResult result =
      Compare(Qemu10(), Qemu10(), {"--qemu", "regs=window", "--digest=window", "--policy", policy});
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("the plugin knows no register mipp"));
}

// Counts against blocks of one instruction, whose counts are right by construction. The whole boot
// was compared so once (docs/SPECIFICATION.md); this is a part of it.
TEST_F(Firmware, CountsAreThoseOfOneInstructionPerBlock) {
  const testing::ProcessResult result =
      Compare(Qemu7(), Qemu7() + " -singlestep", {"--max-insns", "40M"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("IDENTICAL  insns=40000000 blocks=40000000 "));
}

// With several harts QEMU has no working -icount, so the emulator is compared with itself.
TEST_F(CanonTest, FourHartsOnBothEngines) {
  Canon({"--kernel", kUBoot, "--smp", "4"});
  const testing::ProcessResult result =
      Compare(Emulator() + " --engine jit", Emulator() + " --tlb-entries 4 --max-block-insns 7",
              {"--digest", "window", "--max-insns", "40M"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("IDENTICAL  insns=40000000 "));
  EXPECT_THAT(result.out, HasSubstr("vcpus=4"));
}

// ---- Linux -------------------------------------------------------------------------------------

class Linux : public CanonTest {
 protected:
  void SetUp() override {
    if (testing::FetchedGuest("linux/Image").empty()) GTEST_SKIP() << testing::kGuestsMissing;
    CanonLinux();
  }
  // To power-off, over a billion instructions.
  static void ExpectWholeBoot(const testing::ProcessResult& result) {
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    const size_t at = result.out.find("IDENTICAL  insns=");
    ASSERT_NE(at, std::string::npos) << result.out;
    uint64_t insns = 0;
    const std::string rest = result.out.substr(at + 17);
    ASSERT_TRUE(absl::SimpleAtoi(rest.substr(0, rest.find(' ')), &insns)) << rest;
    EXPECT_GT(insns, 1'000'000'000u);
    EXPECT_THAT(result.out, HasSubstr("exit code 0 at icount " + std::to_string(insns)));
  }
};

TEST_F(Linux, QemuAndTheEmulatorAreIdenticalWithTheirTraps) {
  const testing::ProcessResult result = Compare(Qemu7(), Emulator(), {"--qemu", "traps=on"});
  ExpectWholeBoot(result);
  EXPECT_THAT(result.out, Not(HasSubstr("interrupts are not compared")));
}

TEST_F(Linux, QemuAndTheTranslatorAreIdenticalWithTheirTraps) {
  const testing::ProcessResult result =
      Compare(Qemu7(), Emulator() + " --engine jit", {"--qemu", "traps=on"});
  ExpectWholeBoot(result);
  EXPECT_THAT(result.out, HasSubstr("(jit)"));
}

// Linux patches its code for the extensions that it finds in the device tree.
TEST_F(Linux, QemuAndTheTranslatorAreIdenticalWithAllExtensions) {
  CanonLinux({"--cpu", "zba=on,zbb=on,zbc=on,zbs=on,sstc=on,svinval=on,svpbmt=on,svnapot=on"});
  EXPECT_THAT(Qemu7(), HasSubstr("svnapot=on"));
  EXPECT_THAT(Emulator(), HasSubstr("svnapot=on"));
  const testing::ProcessResult result =
      Compare(Qemu7(), Emulator() + " --engine jit", {"--qemu", "traps=on"});
  ExpectWholeBoot(result);
  EXPECT_THAT(result.out, Not(HasSubstr("interrupts are not compared")));
}

TEST_F(Linux, TheTranslatorAndTheInterpreterAreIdentical) {
  const testing::ProcessResult result = Compare(Emulator() + " --engine jit", Emulator(), {});
  ExpectWholeBoot(result);
  EXPECT_THAT(result.out, HasSubstr("compared=pc,gpr,fpr,csr,mem"));
}

// Every optimisation off in turn, all in one run; the states are compared at window ends.
TEST_F(Linux, TheTranslatorIsTheInterpreterWithEachOptimisationOff) {
  std::vector<std::string> argv = {Lockstep(),        "run",   "--quiet",
                                   "--digest=window", "--out", testing::MakeTempDir()};
  const auto add = [&](const std::string& name, const std::string& options) {
    argv.insert(argv.end(), {"--instance", name + "=" + Emulator() + options});
  };
  add("interpreter", "");
  std::string all = " --engine jit";
  for (const jit::Switch& option : jit::kSwitches) {
    const std::string name(option.name);
    add(name, " --engine jit --jit-opt " + name + "=off");
    all += " --jit-opt " + name + "=off";
  }
  add("all", all);
  const testing::ProcessResult result = testing::RunProcess(argv, "", kPatienceSeconds);
  ExpectWholeBoot(result);
  EXPECT_THAT(result.out, HasSubstr("compared=pc,gpr,fpr,csr,mem"));
}

// At the end of every window also the floating-point and control registers.
TEST_F(Linux, Qemu10AndTheEmulatorAreIdenticalInRegisters) {
  if (testing::FetchedGuest("qemu10").empty()) GTEST_SKIP() << testing::kGuestsMissing;
  const testing::ProcessResult result =
      Compare(Qemu10(), Emulator(),
              {"--qemu", "regs=window,traps=on", "--digest=window", "--policy", "qemu"});
  ExpectWholeBoot(result);
  EXPECT_THAT(result.out, AllOf(HasSubstr("compared=pc,gpr,fpr,csr"),
                                Not(HasSubstr("interrupts are not compared"))));
}

TEST_F(Linux, TwoVersionsOfQemuAreIdentical) {
  if (testing::FetchedGuest("qemu10").empty()) GTEST_SKIP() << testing::kGuestsMissing;
  // With digests at window ends only, the million blocks that they cut differently cost nothing.
  const testing::ProcessResult result =
      Compare(Qemu7(), Qemu10(), {"--qemu", "regs=window", "--digest=window"});
  ExpectWholeBoot(result);
  EXPECT_THAT(result.out, HasSubstr("compared=pc,gpr"));
}

TEST_F(Linux, QemuIsIdenticalToItself) { ExpectWholeBoot(Compare(Qemu7(), Qemu7(), {})); }

// By the path alone: the first branch that depends on the answer of the SBI call.
TEST_F(Linux, AnotherMarchidIsFoundByThePath) {
  const std::string other = absl::StrReplaceAll(Qemu7(), {{"marchid=0", "marchid=7"}});
  const testing::ProcessResult result = Compare(Qemu7(), other, {"--max-insns", "400M"});
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("DIVERGED   kind=pc"), HasSubstr("0x0000000000000007")));
}

// With registers: where OpenSBI reads it for the SBI call.
TEST_F(Linux, AnotherMarchidIsFoundInTheRegister) {
  const std::string other = absl::StrReplaceAll(Qemu7(), {{"marchid=0", "marchid=7"}});
  const testing::ProcessResult result =
      Compare(Qemu7(), other, {"--qemu", "regs=block", "--max-insns", "400M"});
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("DIVERGED   kind=gpr"), HasSubstr("insn=\"csrrs a0,marchid,zero\"")));
}

}  // namespace
}  // namespace lockstep
