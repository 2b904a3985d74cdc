#include "coordinator/qemu/command.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::qemu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAll[] = "-icount shift=0,sleep=off -seed 1 -rtc base=2024-01-01T00:00:00,clock=vm";

std::vector<std::string> Words(const std::string& text) { return absl::StrSplit(text, ' '); }

absl::StatusOr<Command> PrepareText(const std::string& text, PrepareOptions options) {
  const std::vector<std::string> argv = Words(text);
  std::optional<Emulator> emulator = FindEmulator(argv);
  if (!emulator.has_value()) return absl::NotFoundError("no QEMU");
  options.plugin = "/p.so";
  return PrepareCommand(argv, *emulator, options);
}

std::string Prepared(const std::string& text, const PrepareOptions& options = {}) {
  absl::StatusOr<Command> command = PrepareText(text, options);
  return command.ok() ? absl::StrJoin(command->argv, " ") : std::string(command.status().message());
}

std::string Deterministic(const std::string& text) {
  PrepareOptions options;
  options.deterministic = true;
  return Prepared(text, options);
}

std::string Missing(const std::string& text) {
  absl::StatusOr<Command> command = PrepareText(text, {});
  return command.ok() ? absl::StrJoin(command->missing, " ") : "error";
}

TEST(FindEmulator, IsToldByTheName) {
  const struct {
    const char* command;
    const char* target;  // null: no QEMU
    bool user_mode;
    size_t word;
  } kCases[] = {
      {"qemu-system-riscv64 -M virt", "riscv64", false, 0},
      {"/opt/q/bin/qemu-system-x86_64", "x86_64", false, 0},
      {"qemu-aarch64 ./a.out", "aarch64", true, 0},
      {"qemu-riscv64-static ./a.out", "riscv64", true, 0},
      {"taskset -c 1 qemu-riscv64 ./a.out", "riscv64", true, 3},
      {"/usr/bin/env A=B qemu-system-arm", "arm", false, 2},
      {"qemu-img create", nullptr, false, 0},
      {"qemu-storage-daemon", nullptr, false, 0},
      {"lockstep-emu -kernel qemu-system-arm", nullptr, false, 0},
      {"./my-qemu-system-arm", nullptr, false, 0},
      {"qemu-", nullptr, false, 0},
      {"qemu-system-", nullptr, false, 0},
      {"qemu-wrapper.sh", nullptr, false, 0},
      {"env", nullptr, false, 0},
  };
  for (const auto& c : kCases) {
    const std::optional<Emulator> found = FindEmulator(Words(c.command));
    ASSERT_EQ(found.has_value(), c.target != nullptr) << c.command;
    if (c.target == nullptr) continue;
    EXPECT_EQ(found->target, c.target) << c.command;
    EXPECT_EQ(found->user_mode, c.user_mode) << c.command;
    EXPECT_EQ(found->word, c.word) << c.command;
  }
  EXPECT_FALSE(FindEmulator({}).has_value());
}

TEST(PrepareCommand, ThePluginIsAdded) {
  EXPECT_EQ(Prepared("qemu-system-arm -M virt"), "qemu-system-arm -plugin /p.so -M virt");
  EXPECT_EQ(Prepared("nice qemu-arm -seed 1 prog -x"),
            "nice qemu-arm -plugin /p.so -seed 1 prog -x");
}

TEST(PrepareCommand, ThePluginOfTheCommandIsKept) {
  const std::string by_hand = "qemu-arm -plugin /x/liblockstep_qemu.so,sample=5 prog";
  EXPECT_EQ(Prepared(by_hand), by_hand);
  EXPECT_EQ(Prepared("qemu-arm -plugin libinsn.so prog"),
            "qemu-arm -plugin /p.so -plugin libinsn.so prog");
}

TEST(PrepareCommand, OptionsOfThePlugin) {
  PrepareOptions options;
  options.plugin_options = "regs=block,start=main,stop=0x400";
  options.address_of = [](const std::string& name) -> std::optional<uint64_t> {
    return name == "main" ? std::optional<uint64_t>(0x10566) : std::nullopt;
  };
  EXPECT_EQ(Prepared("qemu-arm p", options),
            "qemu-arm -plugin /p.so,regs=block,start=0x10566,stop=0x400 p");
  EXPECT_EQ(
      Prepared("qemu-arm -plugin liblockstep_qemu.so,stop=main p", options),
      "qemu-arm -plugin liblockstep_qemu.so,stop=0x10566,regs=block,start=0x10566,stop=0x400 p");
  options.plugin_options = "start=mian";
  EXPECT_THAT(Prepared("qemu-arm p", options), HasSubstr("has the symbol 'mian'"));
}

TEST(PrepareCommand, WhatThePluginReadsFromTheLogIsLogged) {
  PrepareOptions options;
  options.plugin_options = "tlb=on";
  EXPECT_EQ(Prepared("qemu-system-riscv64 -M virt", options),
            "qemu-system-riscv64 -d mmu -plugin /p.so,tlb=on -M virt");
  options.plugin_options = "tlb=on,traps=on";
  EXPECT_EQ(Prepared("qemu-system-riscv64 -M virt", options),
            "qemu-system-riscv64 -d mmu,int -plugin /p.so,tlb=on,traps=on -M virt");
  EXPECT_EQ(Prepared("qemu-system-riscv64 -d unimp,int", options),
            "qemu-system-riscv64 -plugin /p.so,tlb=on,traps=on -d unimp,int,mmu");
  options.plugin_options = "traps=off";
  EXPECT_EQ(Prepared("qemu-system-riscv64", options),
            "qemu-system-riscv64 -plugin /p.so,traps=off");
}

TEST(PrepareCommand, SaysWhatIsMissing) {
  const struct {
    const char* command;
    const char* missing;
  } kCases[] = {
      {"qemu-system-arm", kAll},
      {"qemu-system-arm -icount shift=0,sleep=off -seed 7 -rtc base=2020-02-02,clock=vm", ""},
      {"qemu-system-arm -icount 3,sleep=off -seed 7 -rtc clock=vm,base=2020-02-02", ""},
      {"qemu-system-arm -icount 3 -seed 7 -rtc clock=vm,base=2020-02-02", "-icount 3,sleep=off"},
      {"qemu-system-arm -icount auto,sleep=off -seed 7 -rtc clock=vm,base=2020-02-02",
       "-icount 0,sleep=off"},
      {"qemu-system-arm --icount sleep=on --seed 7 --rtc clock=vm,base=2020-02-02",
       "-icount sleep=off,shift=0"},
      {"qemu-system-arm -icount shift=0,sleep=off -seed 7 -rtc base=utc",
       "-rtc base=2024-01-01T00:00:00,clock=vm"},
      {"qemu-arm prog", "-seed 1"},
      {"qemu-arm prog -seed 5", "-seed 1"},
      {"qemu-arm -cpu -seed prog", "-seed 1"},
      {"qemu-arm -singlestep -seed 5 prog", ""},
      {"qemu-riscv64 prog", "-R 0x4000000000 -seed 1"},
      {"qemu-riscv64 -R 1G -seed 5 prog", ""},
      {"qemu-system-arm -append -seed", kAll},
  };
  for (const auto& c : kCases) EXPECT_EQ(Missing(c.command), c.missing) << c.command;
}

TEST(PrepareCommand, AddsWhatIsMissingWhenAsked) {
  EXPECT_EQ(Deterministic("qemu-system-arm -M virt"),
            std::string("qemu-system-arm ") + kAll + " -plugin /p.so -M virt");
  EXPECT_EQ(Deterministic("qemu-system-arm -rtc base=utc -seed 5 -icount 7"),
            "qemu-system-arm -plugin /p.so -rtc base=2024-01-01T00:00:00,clock=vm -seed 5 "
            "-icount 7,sleep=off");
  EXPECT_EQ(Deterministic("qemu-arm prog"), "qemu-arm -seed 1 -plugin /p.so prog");
  EXPECT_EQ(Deterministic("qemu-aarch64 prog -R"),
            "qemu-aarch64 -R 0x4000000000 -seed 1 -plugin /p.so prog -R");
  // And then nothing is missing.
  const std::string once = Deterministic("qemu-system-arm");
  EXPECT_EQ(Missing(once), "");
  EXPECT_THAT(Words(once),
              ElementsAre("qemu-system-arm", "-icount", "shift=0,sleep=off", "-seed", "1", "-rtc",
                          "base=2024-01-01T00:00:00,clock=vm", "-plugin", "/p.so"));
}

TEST(PrepareCommand, SeveralCpusAreRefused) {
  for (const char* smp : {"2", "cpus=4", "sockets=2", "cores=2,threads=2", "maxcpus=8,cpus=3"}) {
    EXPECT_THAT(Prepared(std::string("qemu-system-arm -smp ") + smp), HasSubstr("-smp 1, not -smp"))
        << smp;
  }
  for (const char* smp : {"1", "cpus=1", "1,maxcpus=4", "sockets=1,cores=1", "bad"}) {
    EXPECT_THAT(Prepared(std::string("qemu-system-arm -smp ") + smp), HasSubstr("-plugin")) << smp;
  }
}

TEST(PrepareCommand, OtherAcceleratorsAreRefused) {
  for (const char* how : {"-accel kvm", "-accel kvm,thread=single", "-M virt,accel=kvm",
                          "-machine accel=hvf", "-enable-kvm"}) {
    EXPECT_THAT(Prepared(std::string("qemu-system-arm ") + how), HasSubstr("only what TCG runs"))
        << how;
  }
  EXPECT_THAT(Prepared("qemu-system-arm -accel tcg,thread=single -M virt"), HasSubstr("-plugin"));
}

TEST(PrepareCommand, AnOptionWithoutItsValue) {
  EXPECT_EQ(Prepared("qemu-system-arm -smp"), "'-smp' has no value");
  EXPECT_EQ(Prepared("qemu-system-arm -icount"), "'-icount' has no value");
}

}  // namespace
}  // namespace lockstep::qemu
