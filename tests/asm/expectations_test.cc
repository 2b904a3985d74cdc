#include "tests/asm/expectations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(ParseExpectationsTest, ReadsAllLines) {
  const auto values = ParseExpectations(
      "# addi: adds\n# expect: a0=0x10 fcsr=3\n# expect:  load.cause=0xffffffffffffffff\n  nop\n");
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_THAT(*values, ElementsAre(Pair("a0", 0x10), Pair("fcsr", 3), Pair("load.cause", ~0ull)));
}

TEST(ParseExpectationsTest, RefusesMalformedWords) {
  for (const char* source : {"# expect: a0", "# expect: a0=", "# expect: a0=x", "# expect: =1",
                             "# expect: a0=0x10000000000000000", "# expect: a0 = 1"}) {
    const auto values = ParseExpectations(source);
    EXPECT_EQ(values.status().code(), absl::StatusCode::kInvalidArgument) << source;
  }
}

TEST(ParseExpectationsTest, RefusesNothingAndTwice) {
  EXPECT_THAT(std::string(ParseExpectations("nop").status().message()), HasSubstr("no '# expect"));
  EXPECT_THAT(std::string(ParseExpectations("# expect: a0=1 a0=1").status().message()),
              HasSubstr("'a0' is expected twice"));
}

TEST(DifferencesTest, EqualValuesAndUnmentionedRegisters) {
  EXPECT_THAT(Differences({{"a0", 0x10}, {"x", 1}}, "a0=0x0000000000000010\r\nx=0x1\nt6=0x5\n"),
              IsEmpty());
}

TEST(DifferencesTest, NamesEachDifference) {
  EXPECT_THAT(Differences({{"a0", 0x10}, {"a1", 1}},
                          "a0=0x11\nload.cause=0x5\nunexpected trap: cause 0x2\na0=0x11\n"),
              ElementsAre("load.cause: not expected, got 0x5",
                          "printed: unexpected trap: cause 0x2", "a0: printed twice",
                          "a0: expected 0x10, got 0x11", "a1: expected 0x1, not printed"));
}

TEST(DifferencesTest, EmptyConsole) {
  EXPECT_THAT(Differences({{"a0", 0}}, ""), ElementsAre("a0: expected 0, not printed"));
}

}  // namespace
}  // namespace lockstep::testing
