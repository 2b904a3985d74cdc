// The plugin inside of the system's QEMU (7.2 on Debian 12), against runs of the same QEMU with one
// instruction per block, whose counts are right by construction.
//
// With QEMU 10 fetched by bazel/fetch_guests.sh the same plugin runs in that too.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plugins/sdk/lockstep_digest.h"
#include "plugins/sdk/lockstep_producer.h"
#include "tests/qemu/compare.h"
#include "tests/qemu/instance.h"
#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep::qemu_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Instructions that the guest corners.S begins, and what it prints and returns.
constexpr char kGuestText[] = "done\n";
constexpr int kGuestExitCode = 7;
// Of corners.S: `middle` is inside of a block, and passed 40 times.
constexpr int kGuestRounds = 40;

std::string Plugin() { return testing::Runfile("plugins/qemu/liblockstep_qemu.so"); }
std::string Guest() { return testing::Runfile("tests/qemu/corners.elf"); }

std::string CommonCpu() {
  return "rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,marchid=0,mimpid=0";
}
std::string CommonCpu10() {
  return CommonCpu() +
         ",sv57=off,sv48=off,svadu=off,zicbom=off,zicboz=off,zicbop=off,zawrs=off,zfa=off,"
         "zihintntl=off,zmmul=off";
}

// A deterministic machine with the guest in it; `plugin` are the plugin's options, ",KEY=VALUE"
// each.
InstanceOptions Qemu(const std::string& plugin = "", const std::vector<std::string>& more = {}) {
  InstanceOptions options;
  options.argv = {"qemu-system-riscv64",
                  "-M",
                  "virt",
                  "-display",
                  "none",
                  "-monitor",
                  "none",
                  "-serial",
                  "null",
                  "-icount",
                  "shift=0,sleep=off",
                  "-seed",
                  "1",
                  "-rtc",
                  "base=2024-01-01T00:00:00,clock=vm",
                  "-cpu",
                  CommonCpu(),
                  "-bios",
                  "none",
                  "-kernel",
                  Guest(),
                  "-plugin",
                  Plugin() + plugin};
  options.argv.insert(options.argv.end(), more.begin(), more.end());
  return options;
}

InstanceOptions OneInsnPerBlock(const std::string& plugin = ",count=insn") {
  return Qemu(plugin, {"-singlestep"});
}

// OpenSBI and U-Boot, which wait at the prompt for ever.
InstanceOptions Firmware(const std::string& plugin, const std::vector<std::string>& more) {
  InstanceOptions options = Qemu(plugin, more);
  *(std::find(options.argv.begin(), options.argv.end(), "-bios") + 1) =
      "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin";
  *(std::find(options.argv.begin(), options.argv.end(), "-kernel") + 1) =
      "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin";
  return options;
}

Recording RecordOrDie(const InstanceOptions& options) {
  absl::StatusOr<Recording> recording = Record(options);
  EXPECT_TRUE(recording.ok()) << recording.status();
  return recording.ok() ? *std::move(recording) : Recording();
}

std::vector<uint64_t> PathOf(const Recording& recording) {
  absl::StatusOr<std::vector<uint64_t>> path = recording.Path();
  EXPECT_TRUE(path.ok()) << path.status();
  return path.ok() ? *std::move(path) : std::vector<uint64_t>();
}

// The address of a symbol of the guest.
uint64_t Address(const std::string& symbol) {
  const testing::ProcessResult nm = testing::RunProcess({"riscv64-unknown-elf-nm", Guest()});
  const size_t at = nm.out.find(" " + symbol + "\n");
  if (at == std::string::npos) return 0;
  const size_t line = nm.out.rfind('\n', at);
  return strtoull(nm.out.c_str() + (line == std::string::npos ? 0 : line + 1), nullptr, 16);
}

std::string Hex(uint64_t value) {
  char text[32];
  snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

class PluginTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { reference_ = new Recording(RecordOrDie(OneInsnPerBlock())); }
  static void TearDownTestSuite() { delete reference_; }
  static Recording* reference_;
};
Recording* PluginTest::reference_ = nullptr;

TEST_F(PluginTest, TheReferenceHasOneInstructionPerBlock) {
  ASSERT_GT(reference_->entries.size(), 40000u);
  for (size_t i = 0; i < reference_->entries.size(); i++) {
    ASSERT_EQ(reference_->entries[i].icount, i);
    ASSERT_EQ(reference_->entries[i].info->n_insns, 1u);
  }
  EXPECT_EQ(reference_->entries[0].pc, 0x1000u);
  ASSERT_TRUE(reference_->end.has_value());
  EXPECT_EQ(reference_->end->reason, state::EndReason::kExit);
  EXPECT_EQ(reference_->end->exit_code, kGuestExitCode);
  EXPECT_EQ(reference_->end->icount, reference_->entries.size());
  EXPECT_EQ(reference_->exit_code, kGuestExitCode);
}

class Counting : public PluginTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Counting, EveryInstructionHasItsNumber) {
  const Recording recording = RecordOrDie(Qemu(GetParam()));
  EXPECT_LT(recording.entries.size(), reference_->entries.size() / 2);
  EXPECT_EQ(PathOf(recording), PathOf(*reference_));
  ASSERT_TRUE(recording.end.has_value());
  EXPECT_EQ(recording.end->icount, reference_->end->icount);
  EXPECT_EQ(recording.end->exit_code, reference_->end->exit_code);
  EXPECT_EQ(recording.end->console_digest, reference_->end->console_digest);
}

INSTANTIATE_TEST_SUITE_P(Options, Counting,
                         ::testing::Values("", ",count=insn", ",devices=all", ",regs=block",
                                           ",sample=100"));

TEST_F(PluginTest, BlocksThatAreLeftEarlyAreSeenAsSuch) {
  const Recording recording = RecordOrDie(Qemu());
  int cut = 0;
  for (size_t i = 0; i + 1 < recording.entries.size(); i++) {
    const Entry& entry = recording.entries[i];
    cut += recording.entries[i + 1].icount - entry.icount < entry.info->n_insns;
  }
  EXPECT_GT(cut, 10 * kGuestRounds);
}

TEST_F(PluginTest, DigestsAreThoseOfOneInstructionPerBlock) {
  const Recording sparse = RecordOrDie(Qemu(",regs=block"));
  const Recording dense = RecordOrDie(OneInsnPerBlock(",regs=block"));
  EXPECT_EQ(sparse.identity.groups, state::MaskOf(state::Group::kGpr));
  ASSERT_FALSE(sparse.entries.empty());
  std::set<uint64_t> seen;
  for (const Entry& entry : sparse.entries) {
    ASSERT_LT(entry.icount, dense.entries.size());
    ASSERT_EQ(entry.gpr, dense.entries[entry.icount].gpr) << "icount " << entry.icount;
    seen.insert(entry.gpr);
  }
  EXPECT_GT(seen.size(), 5000u);
  ASSERT_TRUE(sparse.end.has_value() && dense.end.has_value());
  EXPECT_EQ(sparse.end->digests, dense.end->digests);
}

TEST_F(PluginTest, WithoutRegistersNoGroupIsClaimed) {
  EXPECT_EQ(reference_->identity.groups, 0u);
  EXPECT_EQ(reference_->identity.guest_arch, "riscv64");
  EXPECT_THAT(reference_->identity.producer, HasSubstr("qemu-system-riscv64"));
  EXPECT_NE(reference_->identity.abilities & state::kAbilityLayout, 0u);
  EXPECT_NE(reference_->identity.abilities & state::kAbilityStep, 0u);
}

// Digest of x1..x31 as the definition says.
uint64_t DigestOf(const state::Registers& registers) {
  uint64_t sum = 0;
  for (uint32_t x = 1; x < 32; x++) sum += lockstep_term(x, registers.values[x - 1]);
  return sum;
}

TEST_F(PluginTest, StepsOneInstructionAtATimeWithRegisters) {
  constexpr uint64_t kFrom = 20000, kTo = 20500;
  InstanceOptions options = Qemu(",regs=block");
  options.request.step = 1;
  options.request.silent_until_icount = kFrom;
  options.request.stop_at_icount = kTo;
  const Recording stepped = RecordOrDie(options);
  ASSERT_EQ(stepped.entries.size(), kTo - kFrom);
  ASSERT_EQ(stepped.registers.size(), kTo - kFrom);
  ASSERT_EQ(stepped.register_names.size(), 32u);
  EXPECT_EQ(stepped.register_names[9].name, "a0");
  EXPECT_EQ(stepped.register_names[31].group, "pc");
  for (size_t i = 0; i < stepped.entries.size(); i++) {
    const Entry& entry = stepped.entries[i];
    ASSERT_EQ(entry.icount, kFrom + i);
    ASSERT_EQ(entry.info->n_insns, 1u);
    ASSERT_EQ(entry.pc, reference_->entries[kFrom + i].pc);
    ASSERT_EQ(stepped.registers[i].icount, kFrom + i);
    ASSERT_EQ(stepped.registers[i].values[31], entry.pc);
    ASSERT_EQ(DigestOf(stepped.registers[i]), entry.gpr);
  }
  ASSERT_TRUE(stepped.end.has_value());
  EXPECT_EQ(stepped.end->reason, state::EndReason::kLimit);
  EXPECT_EQ(stepped.end->icount, kTo);
}

TEST_F(PluginTest, SamplesRegisters) {
  const Recording recording = RecordOrDie(Qemu(",sample=1000"));
  ASSERT_NEAR(static_cast<double>(recording.registers.size()), reference_->end->icount / 1000.0, 2);
  for (size_t i = 1; i < recording.registers.size(); i++) {
    EXPECT_GE(recording.registers[i].icount, i * 1000);
    EXPECT_LT(recording.registers[i].icount, i * 1000 + 100);
    EXPECT_EQ(recording.registers[i].values[31],
              reference_->entries[recording.registers[i].icount].pc);
  }
}

// The limit falls on every place in a block.
TEST_F(PluginTest, ALimitIsExactWithDigests) {
  const Recording dense = RecordOrDie(OneInsnPerBlock(",regs=block"));
  for (uint64_t limit = 9000; limit < 9012; limit++) {
    InstanceOptions options = Qemu(",regs=block");
    options.request.stop_at_icount = limit;
    const Recording recording = RecordOrDie(options);
    ASSERT_TRUE(recording.end.has_value());
    EXPECT_EQ(recording.end->reason, state::EndReason::kLimit);
    EXPECT_EQ(recording.end->icount, limit);
    EXPECT_EQ(recording.end->digests[0], dense.entries[limit].gpr) << "limit " << limit;
    std::vector<uint64_t> path = PathOf(recording), whole = PathOf(*reference_);
    ASSERT_EQ(path.size(), limit);
    EXPECT_TRUE(std::equal(path.begin(), path.end(), whole.begin()));
  }
}

TEST_F(PluginTest, StartsAndStopsAtAddressesInsideOfBlocks) {
  const uint64_t middle = Address("middle"), last = Address("last");
  ASSERT_NE(middle, 0u);
  ASSERT_NE(last, 0u);
  const std::vector<uint64_t> whole = PathOf(*reference_);
  const auto from = std::find(whole.begin(), whole.end(), middle);
  const auto to = std::find(from, whole.end(), last);
  ASSERT_NE(to, whole.end());
  const std::vector<uint64_t> part(from, to);
  for (const char* count : {"", ",count=insn"}) {
    const Recording recording =
        RecordOrDie(Qemu(",start=" + Hex(middle) + ",stop=" + Hex(last) + count));
    EXPECT_EQ(PathOf(recording), part);
    ASSERT_TRUE(recording.end.has_value());
    EXPECT_EQ(recording.end->reason, state::EndReason::kLimit);
    EXPECT_EQ(recording.end->icount, part.size());
  }
}

TEST_F(PluginTest, TellsWhatTheGuestPrints) {
  const Recording recording = RecordOrDie(Qemu());
  EXPECT_EQ(recording.console, kGuestText);
  uint64_t digest = 0xcbf29ce484222325;
  for (const char c : std::string(kGuestText)) {
    digest = (digest ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  ASSERT_TRUE(recording.end.has_value());
  EXPECT_EQ(recording.end->console_digest, digest);
}

// And of translations that are made but never entered.
TEST_F(PluginTest, InfosAreSentOncePerContent) {
  const Recording recording = RecordOrDie(Qemu());
  // The guest rewrites one instruction between two forms and makes QEMU translate again each time.
  std::set<std::pair<uint64_t, std::vector<uint8_t>>> contents;
  for (const Entry& entry : recording.entries) {
    contents.insert({entry.pc, entry.info->code});
    EXPECT_LT(entry.info->id, 1u << 31);
    ASSERT_EQ(entry.info->offsets.size(), entry.info->n_insns);
  }
  EXPECT_GE(recording.infos, contents.size());
  EXPECT_LT(recording.infos, contents.size() + 20);
  EXPECT_LT(recording.infos, 400u);
}

TEST_F(PluginTest, IsInertWithoutARing) {
  InstanceOptions options = Qemu();
  options.with_ring = false;
  options.output_path = testing::MakeTempDir() + "/out";
  const Recording recording = RecordOrDie(options);
  EXPECT_EQ(recording.exit_code, kGuestExitCode);
  EXPECT_TRUE(recording.entries.empty());
  const std::string out = testing::ReadFile(options.output_path);
  EXPECT_THAT(out, HasSubstr("not started by 'lockstep run'"));
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
}

struct Refusal {
  const char* plugin;
  std::vector<std::string> more;
  const char* message;
};

class Refuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refuses, WithASentence) {
  InstanceOptions options = Qemu(GetParam().plugin, GetParam().more);
  options.output_path = testing::MakeTempDir() + "/out";
  const Recording recording = RecordOrDie(options);
  EXPECT_NE(recording.exit_code, 0);
  EXPECT_TRUE(recording.entries.empty());
  EXPECT_THAT(testing::ReadFile(options.output_path), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, Refuses,
    ::testing::Values(Refusal{",colour=red", {}, "unknown option 'colour=red'"},
                      Refusal{",start=main", {}, "option 'start=main' has no valid value"},
                      Refusal{",groups=mem", {}, "option 'groups=mem' has no valid value"},
                      Refusal{",regs=block,groups=gpr+csr", {}, "told by QEMU 9 and later"},
                      Refusal{",regs=window", {}, "give --digest=window"},
                      Refusal{",memory=on", {}, "memory=on needs QEMU 9.2 or later"},
                      Refusal{",traps=on", {}, "traps=on needs QEMU's option -d int"},
                      Refusal{"", {"-smp", "2"}, "start it with -smp 1"}));

TEST_F(PluginTest, AKilledQemuLeavesWhatItDid) {
  auto instance = Instance::Start(Firmware("", {}));
  ASSERT_TRUE(instance.ok()) << instance.status();
  uint64_t records = 0;
  bool killed = false;
  for (;;) {
    absl::StatusOr<state::Batch> batch = (*instance)->Next();
    ASSERT_TRUE(batch.ok()) << batch.status();
    if (batch->records == 0) break;
    EXPECT_FALSE(batch->end.has_value());
    records += batch->records;
    if (!killed) kill((*instance)->pid(), SIGKILL);
    killed = true;
  }
  EXPECT_GT(records, 0u);
  EXPECT_EQ((*instance)->Wait(), 128 + SIGKILL);
}

TEST_F(PluginTest, TwoRunsAreIdenticalByTheAligner) {
  const Comparison comparison = Compare(Qemu(",regs=block"), OneInsnPerBlock(",regs=block"), 1);
  EXPECT_EQ(comparison.outcome, Outcome::kIdentical) << comparison.text;
  EXPECT_EQ(comparison.verified_insns, reference_->end->icount);
}

TEST_F(PluginTest, ADifferentCpuDiverges) {
  InstanceOptions other = Qemu();
  *std::find(other.argv.begin(), other.argv.end(), CommonCpu()) = CommonCpu() + ",s=off";
  const Comparison comparison = Compare(Qemu(), other, 0);
  EXPECT_EQ(comparison.outcome, Outcome::kDiverged) << comparison.text;
  EXPECT_GT(comparison.verified_insns, 100u);
}

TEST_F(PluginTest, FirmwareBootIsCountedExactly) {
  InstanceOptions a = Firmware("", {});
  InstanceOptions b = Firmware(",count=insn", {"-singlestep"});
  a.request.stop_at_icount = b.request.stop_at_icount = 20'000'000;
  const Comparison comparison = Compare(a, b, 0);
  EXPECT_EQ(comparison.outcome, Outcome::kIdentical) << comparison.text;
  EXPECT_GT(comparison.splits[0], 1'000'000u);
}

// ---- windows -----------------------------------------------------------------------------------

// A block begins at every multiple of the window, and the path is the same.
void ExpectWindows(const Recording& recording, uint32_t window_insns,
                   const std::vector<uint64_t>& path) {
  EXPECT_EQ(PathOf(recording), path);
  std::set<uint64_t> begins;
  for (const Entry& entry : recording.entries) begins.insert(entry.icount);
  for (uint64_t at = 0; at < path.size(); at += window_insns) {
    EXPECT_EQ(begins.count(at), 1u) << at;
  }
}

TEST_F(PluginTest, ABlockBeginsAtEveryWindow) {
  for (uint32_t window_insns : {1u, 2u, 3u, 64u, 1000u, 65536u}) {
    SCOPED_TRACE(window_insns);
    InstanceOptions options = Qemu("");
    options.request.window_insns = window_insns;
    const Recording recording = RecordOrDie(options);
    EXPECT_NE(recording.identity.abilities & LOCKSTEP_ABILITY_WINDOWS, 0u);
    ExpectWindows(recording, window_insns, PathOf(*reference_));
    ASSERT_TRUE(recording.end.has_value());
    EXPECT_EQ(recording.end->icount, reference_->end->icount);
  }
}

TEST_F(PluginTest, WindowsCountFromTheStart) {
  InstanceOptions options = Qemu(",start=" + Hex(Address("middle")));
  const Recording dense = RecordOrDie(options);
  options.request.window_insns = 7;
  ExpectWindows(RecordOrDie(options), 7, PathOf(dense));
}

// The digests at every multiple of the window are those of one instruction per block.
void ExpectWindowDigests(const Recording& recording, uint32_t window_insns,
                         const Recording& dense) {
  EXPECT_NE(recording.identity.abilities & LOCKSTEP_ABILITY_WINDOWS, 0u);
  std::map<uint64_t, const Entry*> entries;
  for (const Entry& entry : recording.entries) entries[entry.icount] = &entry;
  for (uint64_t at = 0; at < dense.entries.size(); at += window_insns) {
    ASSERT_EQ(entries.count(at), 1u) << at;
    ASSERT_EQ(entries[at]->gpr, dense.entries[at].gpr) << at;
    ASSERT_EQ(entries[at]->groups, dense.entries[at].groups) << at;
  }
  ASSERT_TRUE(recording.end.has_value() && dense.end.has_value());
  EXPECT_EQ(recording.end->digests, dense.end->digests);
}

InstanceOptions AtWindows(InstanceOptions options, uint32_t window_insns) {
  options.request.window_insns = window_insns;
  options.request.digest_at = LOCKSTEP_DIGEST_AT_WINDOW;
  return options;
}

TEST_F(PluginTest, DigestsAreRightAtWindowEnds) {
  const Recording dense = RecordOrDie(OneInsnPerBlock(",regs=block"));
  for (uint32_t window_insns : {64u, 1000u, 4096u, 65536u}) {
    SCOPED_TRACE(window_insns);
    for (const char* regs : {",regs=window", ",regs=block"}) {
      const Recording recording = RecordOrDie(AtWindows(Qemu(regs), window_insns));
      ExpectWindows(recording, window_insns, PathOf(*reference_));
      ExpectWindowDigests(recording, window_insns, dense);
    }
    // At window ends and at every other block.
    InstanceOptions both = Qemu(",regs=block");
    both.request.window_insns = window_insns;
    const Recording recording = RecordOrDie(both);
    ExpectWindowDigests(recording, window_insns, dense);
    for (const Entry& entry : recording.entries) {
      ASSERT_EQ(entry.gpr, dense.entries[entry.icount].gpr) << entry.icount;
    }
  }
}

TEST_F(PluginTest, BlocksAreCutOnlyNearAWindowsEnd) {
  const Recording recording = RecordOrDie(AtWindows(Qemu(",regs=window"), 8192));
  size_t single = 0;
  for (const Entry& entry : recording.entries) single += entry.info->n_insns == 1;
  EXPECT_LT(single, recording.end->icount / 3);
}

TEST_F(PluginTest, ALimitIsExactWithWindows) {
  const Recording dense = RecordOrDie(OneInsnPerBlock(",regs=block"));
  for (uint64_t limit = 8190; limit < 8196; limit++) {
    InstanceOptions options = AtWindows(Qemu(",regs=window"), 4096);
    options.request.stop_at_icount = limit;
    const Recording recording = RecordOrDie(options);
    ASSERT_TRUE(recording.end.has_value());
    EXPECT_EQ(recording.end->icount, limit);
    EXPECT_EQ(recording.end->digests[0], dense.entries[limit].gpr) << "limit " << limit;
  }
}

// ---- another version --------------------------------------------------------------------------

class Qemu10 : public PluginTest {
 protected:
  void SetUp() override {
    program_ = testing::FetchedGuest("qemu10/usr/bin/qemu-system-riscv64");
    if (program_.empty()) GTEST_SKIP() << testing::kGuestsMissing;
  }
  InstanceOptions New(const std::string& plugin) {
    InstanceOptions options = Qemu(plugin);
    options.argv[0] = program_;
    *std::find(options.argv.begin(), options.argv.end(), CommonCpu()) = CommonCpu10();
    return options;
  }
  std::string program_;
};

TEST_F(Qemu10, TheSameBinarySpeaksItsInterface) {
  const Recording recording = RecordOrDie(New(""));
  EXPECT_THAT(recording.identity.producer, HasSubstr("plugin API 4"));
  EXPECT_EQ(PathOf(recording), PathOf(*reference_));
  ASSERT_TRUE(recording.end.has_value());
  EXPECT_EQ(recording.end->exit_code, kGuestExitCode);
  EXPECT_EQ(recording.end->console_digest, reference_->end->console_digest);
}

TEST_F(Qemu10, ABlockBeginsAtEveryWindow) {
  InstanceOptions options = New("");
  options.request.window_insns = 64;
  ExpectWindows(RecordOrDie(options), 64, PathOf(*reference_));
}

TEST_F(Qemu10, AgreesWithTheOldOneInRegistersToo) {
  const Comparison comparison = Compare(Qemu(",regs=block"), New(",regs=block"), 1);
  EXPECT_EQ(comparison.outcome, Outcome::kIdentical) << comparison.text;
}

// One instruction per block, in QEMU 10's words.
InstanceOptions OneInsn10(InstanceOptions options) {
  options.argv.push_back("-accel");
  options.argv.push_back("tcg,one-insn-per-tb=on");
  return options;
}

constexpr char kAllGroups[] = ",regs=block,groups=gpr+fpr+csr,memory=on";

TEST_F(Qemu10, AllGroupsAreThoseOfOneInstructionPerBlock) {
  const Recording dense = RecordOrDie(OneInsn10(New(kAllGroups)));
  EXPECT_EQ(dense.identity.groups, 15u);
  ASSERT_EQ(dense.entries.size(), reference_->entries.size());
  std::set<uint64_t> csr, mem;
  for (const Entry& entry : dense.entries) {
    csr.insert(entry.groups[2]);
    mem.insert(entry.groups[3]);
  }
  EXPECT_GT(csr.size(), 100u);
  EXPECT_GT(mem.size(), 100u);
  const Recording sparse = RecordOrDie(New(kAllGroups));
  for (const Entry& entry : sparse.entries) {
    ASSERT_EQ(entry.gpr, dense.entries[entry.icount].gpr) << entry.icount;
    ASSERT_EQ(entry.groups, dense.entries[entry.icount].groups) << entry.icount;
  }
  const Recording windows = RecordOrDie(AtWindows(New(",regs=window,memory=on"), 4096));
  ExpectWindowDigests(windows, 4096, dense);
}

TEST_F(Qemu10, SamplesAllRegisters) {
  const Recording recording = RecordOrDie(New(",sample=1000"));
  ASSERT_EQ(recording.register_names.size(), 101u);
  ASSERT_GT(recording.registers.size(), 30u);
  const auto place = [&](const std::string& group, const std::string& name) {
    for (size_t i = 0; i < recording.register_names.size(); i++) {
      const state::RegisterName& n = recording.register_names[i];
      if (n.group == group && n.name == name) return i;
    }
    ADD_FAILURE() << group << ":" << name;
    return size_t{0};
  };
  // The guest's handler, and a mode that it has been in.
  EXPECT_EQ(recording.registers.back().values[place("csr", "mtvec")], Address("trap"));
  EXPECT_EQ(recording.registers.back().values[place("csr", "priv")], 3u);
  EXPECT_EQ(recording.registers.back().values[place("fpr", "ft0")], 0u);
}

TEST_F(Qemu10, StepsAndStopsExactly) {
  InstanceOptions options = New(",regs=block");
  options.request.step = 1;
  options.request.silent_until_icount = 20000;
  options.request.stop_at_icount = 20500;
  const Recording stepped = RecordOrDie(options);
  ASSERT_EQ(stepped.registers.size(), 500u);
  for (size_t i = 0; i < 500; i++) {
    ASSERT_EQ(stepped.entries[i].pc, reference_->entries[20000 + i].pc);
    ASSERT_EQ(DigestOf(stepped.registers[i]), stepped.entries[i].gpr);
  }
  const Recording dense = RecordOrDie(OneInsnPerBlock(",regs=block"));
  for (uint64_t limit = 9000; limit < 9012; limit++) {
    InstanceOptions limited = New(",regs=block");
    limited.request.stop_at_icount = limit;
    const Recording recording = RecordOrDie(limited);
    ASSERT_TRUE(recording.end.has_value());
    EXPECT_EQ(recording.end->digests[0], dense.entries[limit].gpr) << "limit " << limit;
  }
}

// ---- other guests and modes -------------------------------------------------------------------

// Needs no knowledge of the guest: Alpha's firmware.
TEST(OtherGuests, AlphaIsCountedExactly) {
  InstanceOptions options;
  options.argv = {
      "qemu-system-alpha", "-nodefaults", "-display", "none", "-icount",
      "shift=0,sleep=off", "-seed",       "1",        "-rtc", "base=2024-01-01T00:00:00,clock=vm",
      "-plugin",           Plugin()};
  options.request.stop_at_icount = 2'000'000;
  InstanceOptions single = options;
  single.argv.push_back("-singlestep");
  const Comparison comparison = Compare(options, single, 0);
  EXPECT_EQ(comparison.outcome, Outcome::kIdentical) << comparison.text;
  EXPECT_GT(comparison.splits[0], 1'000'000u);
}

TEST(UserMode, FromMainToExit) {
  const std::string program = "qemu-riscv64";
  const std::string guest = testing::Runfile("tests/qemu/sorting");
  const testing::ProcessResult nm = testing::RunProcess({"riscv64-linux-gnu-nm", guest});
  const size_t at = nm.out.find(" T main\n");
  ASSERT_NE(at, std::string::npos);
  const uint64_t main_pc = strtoull(nm.out.c_str() + nm.out.rfind('\n', at) + 1, nullptr, 16);
  const std::string start = ",start=" + Hex(main_pc);
  InstanceOptions a, b;
  a.argv = {program, "-plugin", Plugin() + start, guest};
  b.argv = {program, "-singlestep", "-plugin", Plugin() + start + ",count=insn", guest};
  const Comparison comparison = Compare(a, b, 0);
  EXPECT_EQ(comparison.outcome, Outcome::kIdentical) << comparison.text;
  const Recording recording = RecordOrDie(a);
  ASSERT_FALSE(recording.entries.empty());
  EXPECT_EQ(recording.entries[0].pc, main_pc);
  EXPECT_EQ(recording.entries[0].icount, 0u);
  ASSERT_TRUE(recording.end.has_value());
  EXPECT_EQ(recording.end->reason, state::EndReason::kExit);
  EXPECT_EQ(recording.end->exit_code, 5);
}

// The child has the ring's memory, too, and must leave it alone.
TEST(UserMode, AChildOfForkIsNotFollowed) {
  const std::string guest = testing::Runfile("tests/qemu/forking");
  InstanceOptions a, b;
  a.argv = {"qemu-riscv64", "-seed", "1", "-plugin", Plugin(), guest};
  b.argv = {"qemu-riscv64", "-seed", "1", "-singlestep", "-plugin", Plugin(), guest};
  const Comparison comparison = Compare(a, b, 0);
  EXPECT_EQ(comparison.outcome, Outcome::kIdentical) << comparison.text;
  const Recording recording = RecordOrDie(a);
  PathOf(recording);
  ASSERT_TRUE(recording.end.has_value());
  EXPECT_EQ(recording.end->reason, state::EndReason::kExit);
  EXPECT_EQ(recording.end->exit_code, 8);
  EXPECT_EQ(recording.end->icount, comparison.verified_insns);
}

}  // namespace
}  // namespace lockstep::qemu_test
