// What ends the second pass of `lockstep run` before its answer: the verdict of the first one
// stands, and says why no instruction is named.
#include <signal.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_lockstep.h"

namespace lockstep::clitest {
namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;

// A run of which one instance, started a second time, makes a file and hangs.
class HangingRun {
 public:
  explicit HangingRun(std::vector<std::string> flags = {}) {
    const std::string emu = Example("--insns 2000 --fault-at 1000");
    const std::string odd =
        absl::StrCat("sh -c 'if [ -e ", mark_, " ]; then : > ", again_, "; exec ", emu,
                     " --hang-at 5; else : > ", mark_, "; exec ", emu, "; fi'");
    std::vector<std::string> args = {"run",   "--a", Example("--insns 2000"), "--b", odd,
                                     "--out", out_};
    args.insert(args.end(), flags.begin(), flags.end());
    process_ = std::make_unique<Lockstep>(args);
  }

  void WaitForSecondPass() const {
    const absl::Time limit = absl::Now() + absl::Minutes(1);
    while (!std::filesystem::exists(again_)) {
      ASSERT_LT(absl::Now(), limit);
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  Lockstep& process() { return *process_; }

  // Waits, and checks that the first pass's verdict stands with this note.
  void Expect(int status, const std::string& note) {
    const Result result = process_->Wait();
    EXPECT_EQ(result.status, status) << result.err;
    EXPECT_EQ(result.err, "");
    EXPECT_THAT(LastLine(result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount="));
    const auto report = nlohmann::json::parse(ReadFile(out_ + "/report.json"));
    EXPECT_FALSE(report["divergence"].contains("instruction"));
    EXPECT_EQ(report["divergence"].value("narrowing_note", ""),
              absl::StrCat("not narrowed to one instruction: ", note));
    EXPECT_THAT(ProcessesWith(again_), IsEmpty());
  }

 private:
  const std::string mark_ = Fresh("mark"), again_ = Fresh("again"), out_ = Fresh("run");
  std::unique_ptr<Lockstep> process_;
};

TEST(Narrowing, Interrupt) {
  for (const int signal : {SIGINT, SIGTERM}) {
    HangingRun run;
    run.WaitForSecondPass();
    run.process().Signal(signal);
    run.Expect(128 + signal, "interrupted");
  }
}

// Long enough for the first pass on a loaded machine.
TEST(Narrowing, Timeout) {
  HangingRun run({"--timeout", "8s"});
  run.Expect(1, "timeout after 8s");
}

}  // namespace
}  // namespace lockstep::clitest
