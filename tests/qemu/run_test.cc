// `lockstep run` with QEMU as an instance, end to end.
#include <sys/stat.h>

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
using ::testing::Not;

constexpr char kCpu[] =
    "-cpu rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,marchid=0,mimpid=0 ";

std::string Qemu(const std::string& more = "") {
  return std::string("qemu-system-riscv64 -display none -monitor none ") + kCpu + more;
}

std::string Emulator(const std::string& more = "") {
  return testing::Runfile("emulator/main/lockstep-emu") + " " + kCpu + more;
}

// `lockstep run`, with these flags, over two commands that both get `guest`.
testing::ProcessResult RunLockstep(const std::string& a, const std::string& b,
                                   const std::vector<std::string>& flags,
                                   const std::vector<std::string>& guest) {
  std::vector<std::string> argv = {testing::Runfile("coordinator/cli/lockstep"),
                                   "run",
                                   "--out",
                                   testing::MakeTempDir(),
                                   "--a",
                                   a,
                                   "--b",
                                   b};
  argv.insert(argv.end(), flags.begin(), flags.end());
  argv.push_back("--");
  argv.insert(argv.end(), guest.begin(), guest.end());
  return testing::RunProcess(argv);
}

std::vector<std::string> Corners() {
  return {"-M",      "virt", "-bios",   "none",
          "-serial", "null", "-kernel", testing::Runfile("tests/qemu/corners.elf")};
}

testing::ProcessResult RunBoth(const std::string& a, const std::string& b) {
  // lockstep-emu takes -icount, -seed and -rtc as QEMU does.
  std::vector<std::string> guest = Corners();
  guest.insert(guest.end(), {"-icount", "shift=0,sleep=off", "-seed", "1", "-rtc",
                             "base=2024-01-01T00:00:00,clock=vm"});
  return RunLockstep(a, b, {"--quiet", "--qemu", "regs=block"}, guest);
}

TEST(RunWithQemu, TwoQemusThatCutBlocksDifferentlyAreIdentical) {
  const testing::ProcessResult result = RunBoth(Qemu(), Qemu("-singlestep"));
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

// The second pass steps, also where QEMU makes blocks of one instruction by itself.
TEST(RunWithQemu, AWrongRegisterIsFoundWithSinglestep) {
  const testing::ProcessResult result =
      RunBoth(Qemu("-singlestep"), Emulator("--inject epc-plus-two"));
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("kind=gpr"), HasSubstr("insn=\"csrrs t0,mepc,zero\"")));
}

TEST(RunWithQemu, TrapsFromQemusLogAreCompared) {
  const testing::ProcessResult result =
      RunLockstep(Qemu(), Emulator(), {"--deterministic", "--qemu", "traps=on,tlb=on"}, [] {
        std::vector<std::string> guest = Corners();
        guest.insert(guest.end(), {"-icount", "shift=0,sleep=off"});
        return guest;
      }());
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("IDENTICAL"), Not(HasSubstr("interrupts are not compared"))));
}

// The trap itself is blamed, not what its handler does with it.
TEST(RunWithQemu, AWrongTrapIsFound) {
  const testing::ProcessResult result = RunLockstep(
      Qemu(), Emulator("--inject epc-plus-two"), {"--deterministic", "--qemu", "traps=on"}, [] {
        std::vector<std::string> guest = Corners();
        guest.insert(guest.end(), {"-icount", "shift=0,sleep=off"});
        return guest;
      }());
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("kind=exception"));
}

TEST(RunWithQemu, DeterministicAddsWhatIsMissing) {
  const testing::ProcessResult result = RunLockstep(
      Qemu(), Qemu("-singlestep"), {"--deterministic", "--qemu", "regs=block"}, Corners());
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("IDENTICAL"), HasSubstr("compared=pc,gpr"),
                                HasSubstr("-icount shift=0,sleep=off -seed 1 -rtc")));
}

TEST(RunWithQemu, WhatIsMissingIsSaid) {
  const testing::ProcessResult result = RunLockstep(Qemu("-seed 4"), "lockstep-no-such-program",
                                                    {"--quiet"}, {"-icount", "shift=0,sleep=off"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("lockstep: instance A: without -rtc "
                                    "base=2024-01-01T00:00:00,clock=vm this QEMU does not repeat "
                                    "itself"));
}

TEST(RunWithQemu, UserModeFromMainOn) {
  const testing::ProcessResult result = RunLockstep("qemu-riscv64", "qemu-riscv64 -singlestep",
                                                    {"--deterministic", "--qemu", "start=main"},
                                                    {testing::Runfile("tests/qemu/sorting")});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("IDENTICAL"), HasSubstr("exit code 5")));
}

TEST(RunWithQemu, UserModeIsIdenticalToItself) {
  const testing::ProcessResult result =
      RunLockstep("qemu-riscv64", "qemu-riscv64", {"--deterministic", "--qemu", "start=main"},
                  {testing::Runfile("tests/qemu/sorting")});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("IDENTICAL"), HasSubstr("exit code 5")));
}

// Debian has no QEMU 10 for user mode that loads plugins: docs/howto/qemu.md says how to build one.
TEST(RunWithQemu, UserModeOfTwoVersionsIsIdentical) {
  const std::string other = testing::FetchedGuest("qemu10-user/bin/qemu-riscv64");
  if (other.empty()) {
    GTEST_SKIP() << "skipped: no QEMU 10 for user mode (docs/howto/qemu.md)";
  }
  const testing::ProcessResult result =
      RunLockstep("qemu-riscv64", other, {"--deterministic", "--qemu", "start=main"},
                  {testing::Runfile("tests/qemu/portable")});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("IDENTICAL"), HasSubstr("exit code 6")));
}

// Its stack is where it was, so that registers and stores are, too.
TEST(RunWithQemu, UserModeOfQemu10RepeatsItselfInRegistersAndStores) {
  const std::string qemu = testing::FetchedGuest("qemu10-user/bin/qemu-riscv64");
  if (qemu.empty()) {
    GTEST_SKIP() << "skipped: no QEMU 10 for user mode (docs/howto/qemu.md)";
  }
  const testing::ProcessResult result = RunLockstep(
      qemu, qemu,
      {"--quiet", "--deterministic", "--qemu", "start=main,regs=block,groups=gpr+fpr,memory=on"},
      {testing::Runfile("tests/qemu/sorting")});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("compared=pc,gpr,fpr,mem"));
}

// At the ends of windows all that QEMU 10 knows is compared; QEMU 7.2 knows the integer registers.
TEST(RunWithQemu, RegistersAreComparedAtTheEndsOfWindows) {
  std::vector<std::string> guest = Corners();
  guest.insert(guest.end(), {"-icount", "shift=0,sleep=off"});
  const std::vector<std::string> flags = {"--quiet", "--deterministic", "--qemu", "regs=window",
                                          "--digest=window"};
  testing::ProcessResult result = RunLockstep(Qemu(), Emulator(), flags, guest);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("compared=pc,gpr "));
  result = RunLockstep(Qemu(), Emulator("--inject epc-plus-two"), flags, guest);
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
}

// ---- QEMUs that cannot take part ---------------------------------------------------------------

TEST(RunWithQemu, SeveralCpusAreRefused) {
  const testing::ProcessResult result = RunBoth(Qemu(), Qemu("-smp 2"));
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.err, HasSubstr("instance B: QEMU schedules several vCPUs at random"));
  EXPECT_THAT(result.err, HasSubstr("start it with -smp 1"));
}

TEST(RunWithQemu, APluginThatRefusesIsQuoted) {
  const testing::ProcessResult result = RunLockstep(
      Qemu(), Qemu(), {"--quiet", "--deterministic", "--qemu", "colour=red"}, Corners());
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.out + result.err, HasSubstr("unknown option 'colour=red'"));
}

TEST(RunWithQemu, AQemuWithoutPluginsIsRefused) {
  const std::string path = testing::MakeTempDir() + "/qemu-system-riscv64";
  testing::WriteFile(path,
                     "#!/bin/sh\n[ $1 = --version ] && echo QEMU emulator version 9.0.0\nexit 0\n");
  ASSERT_EQ(chmod(path.c_str(), 0755), 0);
  const testing::ProcessResult result = RunLockstep(path, Qemu(), {"--quiet"}, Corners());
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("instance A: "), HasSubstr("was built without plugins")));
}

// A script that answers as QEMU does, and is one that runs `how`.
std::string Script(const std::string& version, const std::string& how) {
  const std::string path = testing::MakeTempDir() + "/qemu-system-riscv64";
  testing::WriteFile(path, "#!/bin/sh\ncase $1 in\n--version) echo QEMU emulator version " +
                               version + " ;;\n-help) echo -plugin ;;\n*) " + how + " ;;\nesac\n");
  EXPECT_EQ(chmod(path.c_str(), 0755), 0);
  return path;
}

TEST(RunWithQemu, AnOldQemuIsRefused) {
  const testing::ProcessResult result =
      RunLockstep(Script("5.2.0", "exit 0"), Qemu(), {"--quiet"}, Corners());
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("instance A: "), HasSubstr("is QEMU 5.2"),
                                HasSubstr("use QEMU 6.0 or later")));
}

TEST(RunWithQemu, AStaticQemuIsRefused) {
  const std::string path = testing::MakeTempDir() + "/qemu-riscv64";
  testing::WriteFile(path + ".c", "int main(void) { return 0; }\n");
  ASSERT_EQ(testing::RunProcess({"gcc", "-static-pie", "-o", path, path + ".c"}).exit_code, 0);
  const testing::ProcessResult result =
      RunLockstep("qemu-riscv64", path, {"--quiet"}, {testing::Runfile("tests/qemu/sorting")});
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("instance B: "), HasSubstr("is linked statically"),
                                HasSubstr("use a QEMU that is linked dynamically")));
}

// What QEMU says when it does not take the plugin is passed on.
TEST(RunWithQemu, AQemuThatRefusesThePluginIsQuoted) {
  const std::string plugin = testing::MakeTempDir() + "/liblockstep_qemu.so";
  testing::WriteFile(plugin + ".c",
                     "int qemu_plugin_version = 99;\n"
                     "int qemu_plugin_install(void) { return 0; }\n");
  ASSERT_EQ(testing::RunProcess({"gcc", "-shared", "-fPIC", "-o", plugin, plugin + ".c"}).exit_code,
            0);
  const testing::ProcessResult result =
      RunLockstep(Qemu("-plugin " + plugin), Qemu(), {"--quiet", "--deterministic"}, Corners());
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("TROUBLE"), HasSubstr("instance=A")));
  EXPECT_THAT(result.out + result.err, HasSubstr("plugin requires API version"));
}

// U-Boot at its prompt never ends by itself: `how` ends it.
testing::ProcessResult FirmwareAgainst(const std::string& how) {
  return RunLockstep(
      Qemu(), how, {"--quiet", "--deterministic"},
      {"-M", "virt", "-bios", "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf", "-serial",
       "null", "-kernel", "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"});
}

TEST(RunWithQemu, AQemuThatCrashesIsTrouble) {
  const testing::ProcessResult result =
      FirmwareAgainst("timeout --preserve-status -s SEGV 4 " + Qemu());
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("TROUBLE"), HasSubstr("instance=B"),
                                HasSubstr("exited with status 139")));
}

TEST(RunWithQemu, AQemuThatIsKilledIsTrouble) {
  // In place of the script, so that the signal is QEMU's.
  const std::string path =
      Script("7.2.0", "(sleep 3; kill -KILL $$) & exec qemu-system-riscv64 \"$@\"");
  const testing::ProcessResult result =
      FirmwareAgainst(path + Qemu().substr(std::string("qemu-system-riscv64").size()));
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("TROUBLE"), HasSubstr("instance=B"), HasSubstr("SIGKILL")));
}

}  // namespace
}  // namespace lockstep
