#include "proto/cc/utf8.h"

#include <gtest/gtest.h>

namespace lockstep::wire {
namespace {

#define BAD "\xef\xbf\xbd"

TEST(ValidUtf8, KeepsWhatIsWellFormed) {
  for (const char* text : {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(ValidUtf8(text), text);
  }
}

TEST(ValidUtf8, ReplacesTheRest) {
  EXPECT_EQ(ValidUtf8("a\x80z"), "a" BAD "z");                // a continuation by itself
  EXPECT_EQ(ValidUtf8("\xc0\xaf"), BAD BAD);                  // overlong
  EXPECT_EQ(ValidUtf8("\xe0\x80\x80"), BAD BAD BAD);          // overlong
  EXPECT_EQ(ValidUtf8("\xed\xa0\x80"), BAD BAD BAD);          // surrogate
  EXPECT_EQ(ValidUtf8("\xf4\x90\x80\x80"), BAD BAD BAD BAD);  // past U+10FFFF
  EXPECT_EQ(ValidUtf8("\xe2\x82"), BAD BAD);                  // cut short
  EXPECT_EQ(ValidUtf8("\xe2\x28\xa1"), BAD "(" BAD);
}

}  // namespace
}  // namespace lockstep::wire
