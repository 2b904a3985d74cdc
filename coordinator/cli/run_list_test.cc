#include "coordinator/cli/run_list.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::cli {
namespace {

using State = ingest::RunInfo::State;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::vector<ingest::RunInfo> Runs() {
  ingest::RunInfo ended;
  ended.id = "nightly-12";
  ended.state = State::kEnded;
  ended.instances = ended.joined = {"old", "new"};
  ended.outcome = report::Outcome::kDiverged;
  ended.verified_insns = 81'236'711;
  ended.create_time = kNow - absl::Seconds(754);
  ingest::RunInfo waiting;
  waiting.id = "r2";
  waiting.instances = {"A", "B"};
  waiting.joined = {"B"};
  waiting.create_time = absl::InfinitePast();
  return {ended, waiting};
}

TEST(RunList, Text) {
  EXPECT_EQ(FormatRunList(Runs(), kNow),
            "RUN         STATE            AGE    VERIFIED  INSTANCES (not joined)\n"
            "nightly-12  DIVERGED       12:34      81.2 M  old new\n"
            "r2          waiting            ?           0  (A) B\n");
  EXPECT_EQ(FormatRunList({}, kNow), "no runs\n");
}

TEST(RunList, NamesDoNotCommandTheTerminal) {
  ingest::RunInfo odd;
  odd.id = "r\x1b[2J";
  odd.instances = {"A\n", "B\x7f"};
  odd.create_time = absl::InfinitePast();
  const std::string text = FormatRunList({odd}, kNow);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_EQ(text.find_first_of("\x1b\x7f"), std::string::npos) << text;
}

TEST(RunList, Json) {
  EXPECT_EQ(RunListJson(Runs()),
            "{\"runs\": [\n"
            "  {\"run_id\": \"nightly-12\", \"state\": \"RUN_STATE_ENDED\", \"instances\": "
            "[\"old\", \"new\"], \"joined\": [\"old\", \"new\"], \"outcome\": "
            "\"OUTCOME_DIVERGED\", \"verified_insns\": \"81236711\", \"create_time\": "
            "\"2023-11-14T22:00:46Z\"},\n"
            "  {\"run_id\": \"r2\", \"state\": \"RUN_STATE_WAITING\", \"instances\": [\"A\", "
            "\"B\"], \"joined\": [\"B\"], \"verified_insns\": \"0\"}\n"
            "]}");
  EXPECT_EQ(RunListJson({}), "{\"runs\": []}");
}

TEST(RunList, JsonOfAServerThatBreaksTheRules) {
  ingest::RunInfo odd;
  odd.id = "a\"\\\n\xff";
  EXPECT_THAT(RunListJson({odd}), ::testing::HasSubstr(R"("a\u0022\u005c\u000a\u00ff")"));
}

}  // namespace
}  // namespace lockstep::cli
