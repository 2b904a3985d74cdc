// Guests of other architectures: Debian's QEMU against itself with one instruction per block, whose
// counts are right by construction. System mode runs firmware that Debian packages, user mode small
// programs.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The run of a command against the same with -singlestep.
testing::ProcessResult AgainstItself(const std::string& program, const std::string& options,
                                     const std::vector<std::string>& flags) {
  std::vector<std::string> argv = {testing::Runfile("coordinator/cli/lockstep"),
                                   "run",
                                   "--quiet",
                                   "--deterministic",
                                   "--out",
                                   testing::MakeTempDir(),
                                   "--a",
                                   program + " " + options,
                                   "--b",
                                   program + " -singlestep " + options};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return testing::RunProcess(argv);
}

struct Firmware {
  const char* target;
  const char* options;
};

class SystemMode : public ::testing::TestWithParam<Firmware> {};

TEST_P(SystemMode, IsIdenticalToItself) {
  const testing::ProcessResult result = AgainstItself(
      std::string("qemu-system-") + GetParam().target,
      std::string(GetParam().options) + " -display none -monitor none -serial null -net none",
      {"--max-insns", "3M"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("IDENTICAL  insns=3000000 "));
}

INSTANTIATE_TEST_SUITE_P(
    Debian, SystemMode,
    ::testing::Values(
        Firmware{"aarch64", "-M virt -cpu cortex-a57 -bios /usr/lib/u-boot/qemu_arm64/u-boot.bin"},
        Firmware{"arm", "-M virt -bios /usr/lib/u-boot/qemu_arm/u-boot.bin"},
        Firmware{"sparc", "-M SS-5"}, Firmware{"x86_64", "-M pc"}),
    [](const auto& info) { return std::string(info.param.target); });

void ExpectIdenticalUserMode(const std::string& qemu, const std::string& guest, int exit_code,
                             const std::vector<std::string>& flags = {}) {
  const testing::ProcessResult result = AgainstItself(qemu, guest, flags);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("IDENTICAL"), HasSubstr("exit code " + std::to_string(exit_code))));
}

TEST(UserMode, Arm64IsIdenticalToItself) {
  const std::string busybox = testing::FetchedGuest("busybox/arm64/busybox");
  if (busybox.empty()) GTEST_SKIP() << testing::kGuestsMissing;
  ExpectIdenticalUserMode("qemu-aarch64", busybox + " sha256sum /usr/bin/env", 0);
}

TEST(UserMode, ArmIsIdenticalToItself) {
  const std::string busybox = testing::FetchedGuest("busybox/armhf/busybox");
  if (busybox.empty()) GTEST_SKIP() << testing::kGuestsMissing;
  ExpectIdenticalUserMode("qemu-arm", busybox + " sha256sum /usr/bin/env", 0);
}

// From main on: the C library's start has a repeated string instruction, of which QEMU begins one
// more with -singlestep.
TEST(UserMode, X86IsIdenticalToItself) {
  const std::string program = testing::MakeTempDir() + "/program";
  testing::WriteFile(program + ".c",
                     "#include <stdio.h>\n"
                     "int main(void) {\n"
                     "  double sum = 0;\n"
                     "  for (int i = 1; i < 20000; i++) sum += 1.0 / i;\n"
                     "  printf(\"%f\\n\", sum);\n"
                     "  return 3;\n"
                     "}\n");
  const testing::ProcessResult built =
      testing::RunProcess({"gcc", "-O2", "-static", "-o", program, program + ".c"});
  ASSERT_EQ(built.exit_code, 0) << built.err;
  ExpectIdenticalUserMode("qemu-x86_64", program, 3,
                          {"--qemu", "start=main", "--symbols", program});
}

// Branches with delay slots, annulled and not.
TEST(UserMode, SparcIsIdenticalToItself) {
  const std::string program = testing::MakeTempDir() + "/program";
  testing::WriteFile(program + ".s",
                     "  .globl _start\n"
                     "_start:\n"
                     "  set 20000, %l0\n"
                     "  clr %l1\n"
                     "1: add %l1, %l0, %l1\n"
                     "  andcc %l0, 1, %g0\n"
                     "  be,a 2f\n"
                     "  xor %l1, %l0, %l1\n"
                     "2: subcc %l0, 1, %l0\n"
                     "  bne 1b\n"
                     "  srl %l1, 1, %l1\n"
                     "  mov 188, %g1\n"  // exit_group
                     "  mov 9, %o0\n"
                     "  ta 0x10\n");
  ASSERT_EQ(
      testing::RunProcess({"sparc64-linux-gnu-as", "-32", "-o", program + ".o", program + ".s"})
          .exit_code,
      0);
  ASSERT_EQ(testing::RunProcess(
                {"sparc64-linux-gnu-ld", "-m", "elf32_sparc", "-o", program, program + ".o"})
                .exit_code,
            0);
  ExpectIdenticalUserMode("qemu-sparc", program, 9);
}

}  // namespace
}  // namespace lockstep
