#include "coordinator/server/auth.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOps[] = "ops-0123456789abcdef";
constexpr char kCi[] = "ci--0123456789abcdef==";
constexpr char kEye[] = "eye-0123456789abcdef";

TokenTable Table() {
  auto table = TokenTable::Parse(
      absl::StrCat("# who\n\n", kOps, " *\n  ", kCi, "\tci-*,nightly\r\n", kEye, " ci-7 watch\n"),
      "tokens");
  EXPECT_TRUE(table.ok()) << table.status();
  return *std::move(table);
}

TEST(Glob, Matches) {
  EXPECT_TRUE(MatchesGlob("*", ""));
  EXPECT_TRUE(MatchesGlob("*", "anything"));
  EXPECT_TRUE(MatchesGlob("ci-*", "ci-"));
  EXPECT_TRUE(MatchesGlob("a*b*c", "a-b-b-c"));
  EXPECT_TRUE(MatchesGlob("*7?", "1778"));
  EXPECT_TRUE(MatchesGlob("exact", "exact"));
  EXPECT_FALSE(MatchesGlob("exact", "exactly"));
  EXPECT_FALSE(MatchesGlob("exact", "exac"));
  EXPECT_FALSE(MatchesGlob("?", ""));
  EXPECT_FALSE(MatchesGlob("ci-*", "xci-1"));
  EXPECT_FALSE(MatchesGlob("a*b", "abc"));
  EXPECT_FALSE(MatchesGlob("", "x"));
}

TEST(Glob, StaysFast) {
  std::string pattern;
  for (int i = 0; i < 20; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesGlob(pattern + "b", std::string(64, 'a')));
}

TEST(TokenTable, Allows) {
  const TokenTable table = Table();
  EXPECT_EQ(table.size(), 3u);
  EXPECT_TRUE(table.Check(kOps, Action::kCreate, "x").ok());
  EXPECT_TRUE(table.Check(kOps, Action::kCreate, "").ok());
  EXPECT_TRUE(table.Check(kCi, Action::kJoin, "ci-12").ok());
  EXPECT_TRUE(table.Check(kCi, Action::kCreate, "nightly").ok());
  EXPECT_TRUE(table.Check(kEye, Action::kWatch, "ci-7").ok());
}

TEST(TokenTable, Denies) {
  const TokenTable table = Table();
  for (const absl::Status& status :
       {table.Check(kCi, Action::kJoin, "release"), table.Check(kCi, Action::kCreate, ""),
        table.Check(kEye, Action::kWatch, "ci-8"), table.Check(kEye, Action::kJoin, "ci-7"),
        table.Check(kEye, Action::kCreate, "ci-7")}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("0123456789")));
  }
}

TEST(TokenTable, DoesNotKnow) {
  const TokenTable table = Table();
  for (const char* token : {"", "x", "ops-0123456789abcdeF", "ops-0123456789abcdef ", "*"}) {
    EXPECT_EQ(table.Check(token, Action::kWatch, "x").code(), absl::StatusCode::kUnauthenticated)
        << token;
  }
  EXPECT_EQ(TokenTable::Parse("", "t")->Check(kOps, Action::kWatch, "x").code(),
            absl::StatusCode::kUnauthenticated);
}

TEST(TokenTable, RefusesBadFiles) {
  const struct {
    std::string text, message;
  } kCases[] = {
      {"short *", "t:1: the token has 5 characters"},
      {std::string(513, 'x') + " *", "t:1: the token has 513 characters"},
      {"\n# a\nsecret!0123456789abcdef *", "t:3: the token has characters other than"},
      {"================ *", "t:1: the token has characters other than"},
      {kOps, "t:1: the runs that the token is for are missing"},
      {absl::StrCat(kOps, " a,,b"), "t:1: a pattern of runs"},
      {absl::StrCat(kOps, " a/b"), "t:1: a pattern of runs"},
      {absl::StrCat(kOps, " ", std::string(65, 'x')), "t:1: a pattern of runs"},
      {absl::StrCat(kOps, " * read"), "t:1: an action is create, join or watch"},
      {absl::StrCat(kOps, " * join watch"), "t:1: more than TOKEN RUNS ACTIONS"},
      {absl::StrCat(kOps, " a\n", kCi, " b\n", kOps, " c\n"),
       "t:3: the token of line 1 comes again"},
  };
  for (const auto& c : kCases) {
    auto table = TokenTable::Parse(c.text, "t");
    ASSERT_FALSE(table.ok()) << c.text;
    const std::string message(table.status().message());
    EXPECT_THAT(message, HasSubstr(c.message));
    EXPECT_THAT(message, Not(HasSubstr("0123456789"))) << "it tells of the token";
  }
}

TEST(TokenTable, RefusesTooManyPatterns) {
  std::string runs = "r";
  for (int i = 0; i < 100; ++i) runs += ",r";
  EXPECT_FALSE(TokenTable::Parse(absl::StrCat(kOps, " ", runs), "t").ok());
}

}  // namespace
}  // namespace lockstep::server
