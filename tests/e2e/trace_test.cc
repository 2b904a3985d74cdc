// -d, --trace and --stats of the program: against QEMU 7.2's log, on both engines, after a signal.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "emulator/isa/inst.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using nlohmann::json;
using testing::MakeTempDir;
using testing::ProcessResult;
using testing::ReadFile;
using testing::Runfile;
using Words = std::vector<std::string>;

constexpr char kJit[] = "--engine=jit";
// The same on both.
constexpr char kCpu[] = "rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,marchid=0,mimpid=0";

std::string Guest(const std::string& name) { return Runfile("tests/asm/" + name + ".elf"); }

Words Join(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

ProcessResult Emulate(const Words& arguments) {
  return testing::RunProcess(
      Join({Runfile("emulator/main/lockstep-emu"), "-cpu", kCpu}, arguments));
}

// Runs a guest with its log in a file; the log.
std::string Log(const std::string& guest, const Words& options) {
  const std::string path = MakeTempDir() + "/log";
  const ProcessResult result =
      Emulate(Join({"-nographic", "-bios", Guest(guest), "-D", path}, options));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return ReadFile(path);
}

std::string QemuLog(const std::string& guest, const Words& options) {
  const std::string path = MakeTempDir() + "/log";
  const ProcessResult result = testing::RunProcess(
      Join({"qemu-system-riscv64", "-M", "virt", "-cpu", kCpu, "-display", "none", "-monitor",
            "none", "-serial", "stdio", "-seed", "1", "-rtc", "base=2024-01-01T00:00:00,clock=vm",
            "-bios", Guest(guest), "-D", path},
           options));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return ReadFile(path);
}

Words LinesWith(const std::string& text, const std::string& part) {
  Words lines;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StrContains(line, part)) lines.emplace_back(line);
  }
  return lines;
}

class TrapLogTest : public ::testing::TestWithParam<const char*> {};

TEST_P(TrapLogTest, IsQemus) {
  const Words theirs =
      LinesWith(QemuLog(GetParam(), {"-d", "int", "-icount", "shift=0,sleep=off"}), "riscv_cpu_do");
  ASSERT_FALSE(theirs.empty());
  for (const Words& engine : {Words{}, Words{kJit, "--jit-threshold=1"}}) {
    EXPECT_EQ(LinesWith(Log(GetParam(), Join({"-d", "int"}, engine)), ""), Join(theirs, {""}));
  }
}

INSTANTIATE_TEST_SUITE_P(Guests, TrapLogTest,
                         ::testing::Values("priv/cause-illegal-instruction",
                                           "priv/cause-misaligned", "priv/cause-page-fault",
                                           "priv/trap-delegation", "priv/trap-vectored",
                                           "priv/clint-timer", "priv/plic-uart-interrupt",
                                           "priv/vm-permissions"),
                         [](const ::testing::TestParamInfo<const char*>& info) {
                           std::string name = info.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
                           return name;
                         });

struct QemuHistory {
  std::vector<uint64_t> pcs;           // one for each instruction
  std::map<uint64_t, uint32_t> words;  // by pc
};

// QEMU's own account, from blocks of one instruction.
QemuHistory History(const std::string& guest) {
  QemuHistory history;
  const std::string log = QemuLog(guest, {"-singlestep", "-d", "in_asm,exec,nochain"});
  for (absl::string_view line : absl::StrSplit(log, '\n')) {
    uint64_t pc = 0, word = 0;
    if (absl::StartsWith(line, "Trace ")) {
      const Words parts = absl::StrSplit(line, '/');
      EXPECT_TRUE(absl::SimpleHexAtoi(parts[1], &pc)) << line;
      history.pcs.push_back(pc);
    } else if (absl::StartsWith(line, "0x")) {
      const Words parts = absl::StrSplit(line, absl::ByAnyChar(": "), absl::SkipEmpty());
      EXPECT_TRUE(absl::SimpleHexAtoi(parts[0], &pc) && absl::SimpleHexAtoi(parts[1], &word));
      history.words[pc] = static_cast<uint32_t>(word);
    }
  }
  return history;
}

TEST(ExecLogTest, OneInstructionBlocksAreQemus) {
  const QemuHistory history = History("insn/lr.d");
  const Words lines =
      LinesWith(Log("insn/lr.d", {"-d", "exec", "--max-block-insns=1"}), "Trace 0: ");
  // QEMU goes on for a moment after the power-off.
  ASSERT_LE(lines.size(), history.pcs.size());
  ASSERT_GT(lines.size(), 5000u);
  for (size_t i = 0; i < lines.size(); ++i) {
    const Words parts = absl::StrSplit(lines[i], '/');
    uint64_t pc = 0;
    ASSERT_TRUE(absl::SimpleHexAtoi(parts[1], &pc)) << lines[i];
    ASSERT_EQ(pc, history.pcs[i]) << lines[i];
  }
}

TEST(StatsTest, InstructionsAsQemuExecutesThem) {
  const QemuHistory history = History("insn/lr.d");
  for (const Words& engine :
       {Words{}, Words{"--max-block-insns=3"}, Words{kJit}, Words{kJit, "--jit-threshold=1"}}) {
    const std::string path = MakeTempDir() + "/stats";
    const ProcessResult result = Emulate(
        Join({"-nographic", "-bios", Guest("insn/lr.d"), "--stats=json,file=" + path}, engine));
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    const json stats = json::parse(ReadFile(path));
    const json& hart = stats["harts"][0];
    const size_t n_insns = hart["insns"];
    ASSERT_LE(n_insns, history.pcs.size());
    std::map<std::string, uint64_t> expected;
    for (size_t i = 0; i < n_insns; ++i) {
      const isa::Op op = isa::Decode(history.words.at(history.pcs[i])).op;
      ++expected[std::string(isa::Mnemonic(op))];
    }
    const std::map<std::string, uint64_t> counted = hart["insns_by_op"];
    EXPECT_EQ(counted, expected);
    uint64_t by_class = 0;
    for (const auto& [name, count] : hart["insns_by_class"].items()) by_class += uint64_t{count};
    EXPECT_EQ(by_class, n_insns);
  }
}

TEST(StatsTest, TablesAgreeWithTheTraces) {
  const std::string path = MakeTempDir() + "/log";
  const ProcessResult result =
      Emulate({"-nographic", "-bios", Guest("priv/vm-permissions"), "-D", path,
               "--trace=tlb,mmio,trap", "--stats=json,file=" + path + ".json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::string log = ReadFile(path);
  const json stats = json::parse(ReadFile(path + ".json"));
  const json& hart = stats["harts"][0];
  for (const char* access : {"load", "store", "fetch"}) {
    EXPECT_EQ(hart["tlb"][access]["fills"],
              LinesWith(log, absl::StrCat(" fill access=", access)).size());
    EXPECT_EQ(hart["tlb"][access]["accesses"], uint64_t{hart["tlb"][access]["hits"]} +
                                                   uint64_t{hart["tlb"][access]["fills"]} +
                                                   uint64_t{hart["tlb"][access]["faults"]});
  }
  uint64_t flushes = 0, traps = 0, accesses = 0;
  for (const auto& [scope, count] : hart["tlb"]["flushes"].items()) flushes += uint64_t{count};
  EXPECT_EQ(flushes, LinesWith(log, " flush scope=").size());
  for (const json& trap : hart["traps"]) traps += uint64_t{trap["count"]};
  EXPECT_EQ(traps, LinesWith(log, "trap hart=0").size());
  EXPECT_EQ(traps, uint64_t{hart["exceptions"]} + uint64_t{hart["interrupts"]});
  for (const json& device : hart["devices"]) {
    accesses += uint64_t{device["reads"]} + uint64_t{device["writes"]};
  }
  EXPECT_EQ(accesses, LinesWith(log, "mmio hart=0").size());
  EXPECT_GT(traps, 5u);
}

TEST(StatsTest, FormsAndSummary) {
  const Words guest = {"-nographic", "-bios", Guest("insn/add")};
  const ProcessResult brief = Emulate(Join(guest, {"--stats=brief"}));
  EXPECT_EQ(std::count(brief.err.begin(), brief.err.end(), '\n'), 1) << brief.err;
  const ProcessResult text = Emulate(Join(guest, {"--stats"}));
  for (const char* part : {"lockstep-emu: insns=", "\nalu ", "\nall ", "\ntlb ", "\nuart "}) {
    EXPECT_TRUE(absl::StrContains(text.err, part)) << part;
  }
  const ProcessResult with_json = Emulate(Join(guest, {"--stats=json"}));
  EXPECT_TRUE(json::accept(with_json.err)) << with_json.err;
}

// A guest that prints and then loops is ended by a signal when it has printed.
TEST(StatsTest, AfterASignal) {
  const std::string dir = MakeTempDir();
  const std::vector<uint32_t> words = {0x100002b7, 0x00528023, 0x0000006f};  // sb t0,0(uart); j .
  testing::WriteFile(dir + "/guest",
                     std::string(reinterpret_cast<const char*>(words.data()), words.size() * 4));
  const std::string emulator = Runfile("emulator/main/lockstep-emu");
  const ProcessResult result = testing::RunProcess(
      {"sh", "-c",
       absl::StrCat("cd ", dir, "; ", emulator,
                    " -bios guest -serial file:out --trace mmio -D log --stats & "
                    "while ! [ -s out ]; do sleep 0.05; done; kill -INT $!; wait $!")},
      "", 60);
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_TRUE(absl::StrContains(result.err, "\nuart         thr"));
  EXPECT_EQ(LinesWith(ReadFile(dir + "/log"), "uart.thr").size(), 1u);
}

TEST(TraceTest, SymbolsOfElfFiles) {
  const std::string log = Log("insn/add", {"-d", "in_asm,exec", "--trace=block"});
  EXPECT_FALSE(LinesWith(log, "IN: test").empty());
  EXPECT_FALSE(LinesWith(log, " sym=test").empty());
  EXPECT_FALSE(LinesWith(log, "] test").empty());
}

TEST(TraceTest, HelpIsNoError) {
  for (const Words& words : {Words{"-d", "help"}, Words{"--trace=help"}}) {
    const ProcessResult result = Emulate(words);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_TRUE(absl::StrContains(result.out, "(comma separated)"));
  }
}

TEST(TraceTest, AFullDiskEndsTheRun) {
  const ProcessResult result =
      Emulate({"-nographic", "-bios", Guest("insn/add"), "-d", "exec", "-D", "/dev/full"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(result.err, "-D: cannot write the trace")) << result.err;
}

}  // namespace
}  // namespace lockstep
