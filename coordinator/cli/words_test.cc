#include "coordinator/cli/words.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Split(absl::string_view command) {
  auto words = SplitWords(command);
  EXPECT_TRUE(words.ok()) << words.status();
  return words.ok() ? *words : std::vector<std::string>{"<error>"};
}

std::string ErrorOf(absl::string_view command) {
  auto words = SplitWords(command);
  EXPECT_FALSE(words.ok());
  return std::string(words.status().message());
}

TEST(SplitWords, BlanksSeparate) {
  EXPECT_THAT(Split("emu -M\nvirt\t-m  128M "), ElementsAre("emu", "-M", "virt", "-m", "128M"));
}

TEST(SplitWords, BlankStringHasNoWord) {
  EXPECT_THAT(Split(""), IsEmpty());
  EXPECT_THAT(Split(" \t\n "), IsEmpty());
}

TEST(SplitWords, SingleQuotesKeepEverything) {
  EXPECT_THAT(Split(R"(a 'b  c' 'd"\e' '')"), ElementsAre("a", "b  c", R"(d"\e)", ""));
}

TEST(SplitWords, DoubleQuotesKeepMostBackslashes) {
  EXPECT_THAT(Split(R"("a\"b" "c\\d" "e\f" "g\$h" "\`" "")"),
              ElementsAre("a\"b", R"(c\d)", R"(e\f)", "g$h", "`", ""));
}

TEST(SplitWords, BackslashQuotesOneCharacter) {
  EXPECT_THAT(Split(R"(a\ b \' \" \\ \n)"), ElementsAre("a b", "'", "\"", "\\", "n"));
}

TEST(SplitWords, BackslashNewlineJoinsLines) {
  EXPECT_THAT(Split("a\\\nb \"c\\\nd\""), ElementsAre("ab", "cd"));
}

TEST(SplitWords, PartsOfOneWordJoin) {
  EXPECT_THAT(Split(R"(--append='console=ttyS0 quiet'"x"y)"),
              ElementsAre("--append=console=ttyS0 quietxy"));
}

TEST(SplitWords, NothingIsExpanded) {
  EXPECT_THAT(Split("$HOME *.c ~ `x` a#b"), ElementsAre("$HOME", "*.c", "~", "`x`", "a#b"));
}

TEST(SplitWords, OpenQuotesAreErrorsWithTheirPlace) {
  EXPECT_THAT(ErrorOf("a 'b"), HasSubstr("single quote is not closed at character 3"));
  EXPECT_THAT(ErrorOf("a \"b"), HasSubstr("double quote is not closed at character 3"));
  EXPECT_THAT(ErrorOf("\"b\\"), HasSubstr("double quote is not closed at character 1"));
  EXPECT_THAT(ErrorOf("ab\\"), HasSubstr("nothing follows the backslash at character 3"));
}

TEST(SplitWords, ShellOperatorsAreRefused) {
  EXPECT_THAT(ErrorOf("a | b"), HasSubstr("'|' needs a shell"));
  EXPECT_THAT(ErrorOf("a > f"), HasSubstr("'>' needs a shell"));
  EXPECT_THAT(ErrorOf("a;b"), HasSubstr("character 2"));
  EXPECT_THAT(Split("a '|' \\;"), ElementsAre("a", "|", ";"));
}

TEST(QuoteWord, PlainWordsStay) {
  EXPECT_EQ(QuoteWord("-M"), "-M");
  EXPECT_EQ(QuoteWord("a=/b.c"), "a=/b.c");
}

TEST(QuoteWord, OthersAreQuoted) {
  EXPECT_EQ(QuoteWord(""), "''");
  EXPECT_EQ(QuoteWord("a b"), "'a b'");
  EXPECT_EQ(QuoteWord("it's"), R"('it'\''s')");
}

TEST(JoinWords, SplitReadsBackWhatJoinWrote) {
  std::mt19937 random(1);
  const std::string alphabet = "ab '\"\\\t\n$|&;<>()*~`#=-";
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::string> words(1 + random() % 4);
    for (std::string& word : words) {
      for (size_t n = random() % 8; n > 0; --n) word += alphabet[random() % alphabet.size()];
    }
    EXPECT_EQ(Split(JoinWords(words)), words) << JoinWords(words);
  }
}

}  // namespace
}  // namespace lockstep::cli
