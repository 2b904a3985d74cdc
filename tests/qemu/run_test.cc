// `lockstep run` with QEMU as an instance, end to end.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Qemu(const std::string& plugin = ",regs=block", const std::string& more = "") {
  return "qemu-system-riscv64 -display none -monitor none "
         "-cpu rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,marchid=0,mimpid=0 -plugin " +
         testing::Runfile("plugins/qemu/liblockstep_qemu.so") + plugin + " " + more;
}

std::string Emulator(const std::string& more = "") {
  return testing::Runfile("emulator/main/lockstep-emu") + " " + more;
}

testing::ProcessResult RunBoth(const std::string& a, const std::string& b) {
  return testing::RunProcess({testing::Runfile("coordinator/cli/lockstep"),
                              "run",
                              "--quiet",
                              "--out",
                              testing::MakeTempDir(),
                              "--a",
                              a,
                              "--b",
                              b,
                              "--",
                              "-M",
                              "virt",
                              "-bios",
                              "none",
                              "-serial",
                              "null",
                              "-icount",
                              "shift=0,sleep=off",
                              "-seed",
                              "1",
                              "-rtc",
                              "base=2024-01-01T00:00:00,clock=vm",
                              "-kernel",
                              testing::Runfile("tests/qemu/corners.elf")});
}

TEST(RunWithQemu, TwoQemusThatCutBlocksDifferentlyAreIdentical) {
  const testing::ProcessResult result = RunBoth(Qemu(), Qemu(",regs=block", "-singlestep"));
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("IDENTICAL"), HasSubstr("compared=pc,gpr")));
}

TEST(RunWithQemu, TheEmulatorIsIdenticalToQemu) {
  const testing::ProcessResult result = RunBoth(Qemu(), Emulator("--max-block-insns 5"));
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("IDENTICAL"), HasSubstr("compared=pc,gpr")));
}

// The instruction before which QEMU takes the timer interrupt, and the faulty build does not.
TEST(RunWithQemu, ALateTimerIsFound) {
  const testing::ProcessResult result = RunBoth(Qemu(), Emulator("--inject timer-late"));
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("kind=pc"));
}

// A wrong register is named with both values, which QEMU has told in the second pass.
TEST(RunWithQemu, AWrongRegisterIsFound) {
  const testing::ProcessResult result = RunBoth(Qemu(), Emulator("--inject epc-plus-two"));
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("kind=gpr"), HasSubstr("insn=\"csrrs t0,mepc,zero\"")));
}

TEST(RunWithQemu, APluginThatRefusesIsTrouble) {
  const testing::ProcessResult result = RunBoth(Qemu(), Qemu("", "-smp 2"));
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.out + result.err, HasSubstr("start it with -smp 1"));
}

}  // namespace
}  // namespace lockstep
