#include "coordinator/cli/options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Command Parse(std::vector<std::string> args) {
  args.insert(args.begin(), "lockstep");
  return ParseCommandLine(args);
}

RunOptions ParseRun(std::vector<std::string> args) {
  args.insert(args.begin(), "run");
  Command command = Parse(std::move(args));
  if (const auto* print = std::get_if<PrintAndExit>(&command)) ADD_FAILURE() << print->err;
  return std::holds_alternative<RunOptions>(command) ? std::get<RunOptions>(command) : RunOptions();
}

// The message of a usage error; checks its form.
std::string ErrorOf(std::vector<std::string> args, int status = 2) {
  Command command = Parse(std::move(args));
  const auto* print = std::get_if<PrintAndExit>(&command);
  if (print == nullptr) {
    ADD_FAILURE() << "accepted";
    return "";
  }
  EXPECT_EQ(print->status, status);
  EXPECT_EQ(print->out, "");
  EXPECT_THAT(print->err, StartsWith("lockstep: "));
  const std::vector<std::string> lines = absl::StrSplit(print->err, '\n');
  EXPECT_EQ(lines.size(), 2u) << print->err;  // the error with its hint, and what follows the \n
  EXPECT_THAT(lines[0], HasSubstr("; try 'lockstep"));
  return lines[0];
}

std::string RunErrorOf(std::vector<std::string> args, int status = 2) {
  args.insert(args.begin(), {"run", "--a", "x", "--b", "y"});
  return ErrorOf(std::move(args), status);
}

TEST(ParseCommandLine, ShortForm) {
  const RunOptions run = ParseRun({"--a", "./emu -M virt", "--b", "'./e mu'"});
  ASSERT_EQ(run.instances.size(), 2u);
  EXPECT_EQ(run.instances[0].name, "A");
  EXPECT_THAT(run.instances[0].argv, ElementsAre("./emu", "-M", "virt"));
  EXPECT_EQ(run.instances[1].name, "B");
  EXPECT_THAT(run.instances[1].argv, ElementsAre("./e mu"));
}

TEST(ParseCommandLine, NamedInstances) {
  const RunOptions run =
      ParseRun({"--instance", "jit=emu --engine=jit", "--instance=qemu-10.1=qemu -append 'a=b'"});
  ASSERT_EQ(run.instances.size(), 2u);
  EXPECT_EQ(run.instances[0].name, "jit");
  EXPECT_THAT(run.instances[0].argv, ElementsAre("emu", "--engine=jit"));
  EXPECT_EQ(run.instances[1].name, "qemu-10.1");
  EXPECT_THAT(run.instances[1].argv, ElementsAre("qemu", "-append", "a=b"));
}

TEST(ParseCommandLine, ArgumentsAfterTheDashesGoToEveryInstance) {
  const RunOptions run =
      ParseRun({"--a", "x -1", "--b", "y", "-q", "--", "-bios", "--", "a b", "--json"});
  EXPECT_THAT(run.instances[0].argv, ElementsAre("x", "-1", "-bios", "--", "a b", "--json"));
  EXPECT_THAT(run.instances[1].argv, ElementsAre("y", "-bios", "--", "a b", "--json"));
  EXPECT_FALSE(run.json);
  EXPECT_TRUE(run.quiet);
}

TEST(ParseCommandLine, Defaults) {
  const RunOptions run = ParseRun({"--a", "x", "--b", "y"});
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.max_insns, 0u);
  EXPECT_EQ(run.timeout, absl::InfiniteDuration());
  EXPECT_EQ(run.history, 16u);
  EXPECT_EQ(run.color, ColorMode::kAuto);
  EXPECT_TRUE(run.narrow);
  EXPECT_EQ(run.mode.digest_at, state::DigestAt::kBlock);
  EXPECT_EQ(run.mode.stream_mode, state::StreamMode::kAuto);
  EXPECT_FALSE(run.json || run.verbose || run.quiet || run.bisect);
}

TEST(ParseCommandLine, AllFlags) {
  const RunOptions run = ParseRun({"--a",
                                   "x",
                                   "--b",
                                   "y",
                                   "--out",
                                   "d",
                                   "--json",
                                   "--policy",
                                   "p.txtpb",
                                   "--max-insns",
                                   "5M",
                                   "--digest",
                                   "window",
                                   "--stream",
                                   "sparse",
                                   "--timeout",
                                   "30s",
                                   "--history",
                                   "4",
                                   "--color",
                                   "never",
                                   "-v",
                                   "--bisect",
                                   "--symbols",
                                   "s1",
                                   "--symbols",
                                   "s2",
                                   "--no-narrow",
                                   "--deterministic",
                                   "--qemu",
                                   "regs=block,start=main"});
  EXPECT_EQ(run.out, "d");
  EXPECT_TRUE(run.json);
  EXPECT_EQ(run.policy_file, "p.txtpb");
  EXPECT_EQ(run.max_insns, 5'000'000u);
  EXPECT_EQ(run.mode.digest_at, state::DigestAt::kWindow);
  EXPECT_EQ(run.mode.stream_mode, state::StreamMode::kSparse);
  EXPECT_EQ(run.timeout, absl::Seconds(30));
  EXPECT_EQ(run.history, 4u);
  EXPECT_EQ(run.color, ColorMode::kNever);
  EXPECT_TRUE(run.verbose);
  EXPECT_TRUE(run.bisect);
  EXPECT_FALSE(run.narrow);
  EXPECT_THAT(run.symbols, ElementsAre("s1", "s2"));
  EXPECT_TRUE(run.deterministic);
  EXPECT_EQ(run.qemu_options, "regs=block,start=main");
}

TEST(ParseCommandLine, CommandLineIsKeptQuoted) {
  EXPECT_EQ(ParseRun({"--a", "x y", "--b", "y", "--", "z"}).command_line,
            "lockstep run --a 'x y' --b y -- z");
}

TEST(ParseCommandLine, Show) {
  Command command = Parse({"show", "dir", "--json"});
  ASSERT_TRUE(std::holds_alternative<ShowOptions>(command));
  EXPECT_EQ(std::get<ShowOptions>(command).path, "dir");
  EXPECT_TRUE(std::get<ShowOptions>(command).json);
}

TEST(ParseCommandLine, Canon) {
  Command command = Parse({"canon", "--bios", "f", "--kernel", "k", "--initrd", "i", "--append",
                           "a b", "--memory", "2G", "--out", "d"});
  ASSERT_TRUE(std::holds_alternative<CanonOptions>(command));
  const CanonOptions canon = std::get<CanonOptions>(command);
  EXPECT_EQ(canon.bios, "f");
  EXPECT_EQ(canon.kernel, "k");
  EXPECT_EQ(canon.initrd, "i");
  EXPECT_EQ(canon.append, "a b");
  EXPECT_EQ(canon.ram_bytes, uint64_t{2} << 30);
  EXPECT_EQ(canon.out, "d");
  EXPECT_EQ(canon.harts, 1u);
  EXPECT_THAT(ErrorOf({"canon", "--bios", "f", "--out", "d"}), HasSubstr("--kernel"));
  EXPECT_THAT(ErrorOf({"canon", "--bios", "f", "--kernel", "k", "--out", "d", "--smp", "9"}),
              HasSubstr("--smp"));
  for (const char* size : {"12", "0M", "M", "-1M", "99999999G", "1.5G"}) {
    EXPECT_THAT(ErrorOf({"canon", "--bios", "f", "--kernel", "k", "--out", "d", "--memory", size}),
                HasSubstr("--memory"))
        << size;
  }
}

TEST(ParseCommandLine, HelpAndVersion) {
  PrintAndExit help = std::get<PrintAndExit>(Parse({"--help"}));
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("show"));
  EXPECT_EQ(help.err, "");
  help = std::get<PrintAndExit>(Parse({"run", "--help"}));
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("--max-insns"));
  EXPECT_EQ(std::get<PrintAndExit>(Parse({"--version"})).out, "lockstep 0.1.0\n");
}

TEST(ParseCommandLine, UsageErrors) {
  ErrorOf({});
  EXPECT_THAT(ErrorOf({"frobnicate"}), HasSubstr("frobnicate"));
  EXPECT_THAT(RunErrorOf({"--frobnicate"}), HasSubstr("--frobnicate"));
  EXPECT_THAT(RunErrorOf({"stray"}), HasSubstr("stray"));
  EXPECT_THAT(RunErrorOf({"--out"}), HasSubstr("--out"));
  ErrorOf({"show"});
  EXPECT_THAT(ErrorOf({"show", "a", "b"}), HasSubstr("b"));
  EXPECT_THAT(RunErrorOf({"-v", "-q"}), HasSubstr("exclude"));
}

TEST(ParseCommandLine, InstanceErrors) {
  EXPECT_THAT(ErrorOf({"run"}), HasSubstr("but 0 are given"));
  EXPECT_THAT(ErrorOf({"run", "--a", "x"}), HasSubstr("but only 1 is given"));
  EXPECT_THAT(RunErrorOf({"--instance", "A=z"}), HasSubstr("two instances have the name 'A'"));
  EXPECT_THAT(RunErrorOf({"--instance", "z"}), HasSubstr("is not NAME='CMD ARGS'"));
  EXPECT_THAT(RunErrorOf({"--instance", "=z"}), HasSubstr("is not a name"));
  EXPECT_THAT(RunErrorOf({"--instance", "../x=z"}), HasSubstr("is not a name"));
  EXPECT_THAT(RunErrorOf({"--instance", "a b=z"}), HasSubstr("is not a name"));
  EXPECT_THAT(RunErrorOf({"--instance", "C="}), HasSubstr("--instance C: the command is empty"));
  EXPECT_THAT(RunErrorOf({"--instance", "C='x"}), HasSubstr("single quote is not closed"));
  std::vector<std::string> many;
  for (int i = 0; i < 63; ++i) many.insert(many.end(), {"--instance", absl::StrCat("i", i, "=x")});
  EXPECT_THAT(RunErrorOf(many), HasSubstr("but 65 are given"));
}

TEST(ParseCommandLine, ValueErrorsNameTheOption) {
  EXPECT_THAT(RunErrorOf({"--timeout", "soon"}), HasSubstr("--timeout: 'soon' is not a duration"));
  EXPECT_THAT(RunErrorOf({"--digest", "word"}),
              HasSubstr("--digest: 'word' is not window, block or insn"));
  EXPECT_THAT(RunErrorOf({"--stream", "thin"}),
              HasSubstr("--stream: 'thin' is not auto, dense or sparse"));
  EXPECT_THAT(RunErrorOf({"--digest=window", "--stream=dense"}),
              HasSubstr("--digest=window cannot be compared block by block"));
  EXPECT_THAT(RunErrorOf({"--max-insns", "-1"}), HasSubstr("--max-insns"));
  EXPECT_THAT(RunErrorOf({"--max-insns", "0"}), HasSubstr("--max-insns: '0' is not a count"));
  EXPECT_THAT(RunErrorOf({"--history", "10001"}), HasSubstr("more than 10000"));
  EXPECT_THAT(RunErrorOf({"--color", "pink"}), HasSubstr("--color: 'pink'"));
}

TEST(ParseCommandLine, BisectTurnsUsageErrorsIntoSkip) {
  RunErrorOf({"--bisect", "--frobnicate"}, 125);
  RunErrorOf({"--bisect", "--timeout", "x"}, 125);
}

}  // namespace
}  // namespace lockstep::cli
