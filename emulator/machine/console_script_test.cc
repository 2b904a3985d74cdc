#include "emulator/machine/console_script.h"

#include <gtest/gtest.h>

namespace lockstep::machine {
namespace {

using Kind = ScriptStep::Kind;

TEST(ConsoleScriptTest, StepsInOrder) {
  absl::StatusOr<std::vector<ScriptStep>> steps = ParseConsoleScript(
      "# a comment\n"
      "\n"
      "expect \"=> \"\n"
      "  send \"ls\\r\\n\"  \n"
      "delay-insns 1000\n");
  ASSERT_TRUE(steps.ok()) << steps.status();
  ASSERT_EQ(steps->size(), 3u);
  EXPECT_EQ((*steps)[0].kind, Kind::kExpect);
  EXPECT_EQ((*steps)[0].text, "=> ");
  EXPECT_EQ((*steps)[0].line, 3u);
  EXPECT_EQ((*steps)[1].kind, Kind::kSend);
  EXPECT_EQ((*steps)[1].text, "ls\r\n");
  EXPECT_EQ((*steps)[2].delay_insns, 1000u);
}

TEST(ConsoleScriptTest, BareText) {
  absl::StatusOr<std::vector<ScriptStep>> steps =
      ParseConsoleScript("expect Hit any key  \nsend say \"hi\"\\n\nexpect =>\n");
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_EQ((*steps)[0].text, "Hit any key");
  EXPECT_EQ((*steps)[1].text, "say \"hi\"\n");
  EXPECT_EQ((*steps)[2].text, "=>");
}

TEST(ConsoleScriptTest, Escapes) {
  absl::StatusOr<std::vector<ScriptStep>> steps =
      ParseConsoleScript(R"(send "\n\r\t\e\0\\\"\x41\xfF")");
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_EQ((*steps)[0].text, std::string("\n\r\t\x1b\0\\\"A\xff", 9));
}

TEST(ConsoleScriptTest, EmptyScript) {
  EXPECT_EQ(ParseConsoleScript("")->size(), 0u);
  EXPECT_EQ(ParseConsoleScript("# only this")->size(), 0u);
}

class BadScriptTest : public ::testing::TestWithParam<const char*> {};

TEST_P(BadScriptTest, IsRefusedWithTheLine) {
  absl::StatusOr<std::vector<ScriptStep>> steps =
      ParseConsoleScript(std::string("send x\n") + GetParam());
  ASSERT_FALSE(steps.ok());
  EXPECT_EQ(steps.status().message().substr(0, 8), "line 2: ") << steps.status();
}
INSTANTIATE_TEST_SUITE_P(Texts, BadScriptTest,
                         ::testing::Values("wait 5", "send", "send \"\"", "send \"open",
                                           "send \"a\" b", "expect \"\\q\"", "send \\x4",
                                           "send \\xzz", "send a\\", "delay-insns",
                                           "delay-insns soon", "delay-insns -1"));

}  // namespace
}  // namespace lockstep::machine
