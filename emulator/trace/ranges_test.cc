#include "emulator/trace/ranges.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep::trace {
namespace {

std::vector<Range> Of(const std::string& text) {
  absl::StatusOr<Ranges> ranges = ParseRanges(text);
  EXPECT_TRUE(ranges.ok()) << text << ": " << ranges.status();
  return ranges.ok() ? ranges->ranges() : std::vector<Range>();
}

TEST(RangesTest, Forms) {
  EXPECT_EQ(Of("5..9"), (std::vector<Range>{{5, 9}}));
  EXPECT_EQ(Of("0x10.."), (std::vector<Range>{{16, UINT64_MAX}}));
  EXPECT_EQ(Of("..7"), (std::vector<Range>{{0, 7}}));
  EXPECT_EQ(Of("0x80000000+0x1000"), (std::vector<Range>{{0x80000000, 0x80000fff}}));
  EXPECT_EQ(Of("100-10"), (std::vector<Range>{{91, 100}}));
  EXPECT_EQ(Of("3,0xffffffffffffffff"), (std::vector<Range>{{3, 3}, {UINT64_MAX, UINT64_MAX}}));
  EXPECT_EQ(Of("0xffffffffffffffff+1"), (std::vector<Range>{{UINT64_MAX, UINT64_MAX}}));
}

TEST(RangesTest, Refused) {
  for (const char* text :
       {"", "..", "5..4", "x", "1+0", "1-3", "5..x", "0x", " 5", "-5", "+5", "1,,2",
        "0xffffffffffffffff+2", "18446744073709551616", "5 ", "1..2..3"}) {
    const absl::StatusOr<Ranges> ranges = ParseRanges(text);
    ASSERT_FALSE(ranges.ok()) << text;
    EXPECT_NE(ranges.status().message().find("is not a range"), std::string::npos);
  }
}

TEST(RangesTest, Membership) {
  const Ranges none;
  EXPECT_TRUE(none.Contains(0) && none.Contains(UINT64_MAX));
  const Ranges some({{5, 9}, {20, 20}});
  EXPECT_FALSE(some.Contains(4));
  EXPECT_TRUE(some.Contains(5) && some.Contains(9) && some.Contains(20));
  EXPECT_FALSE(some.Contains(10));
  EXPECT_TRUE(some.Overlaps(0, 5) && some.Overlaps(9, 100) && some.Overlaps(6, 7));
  EXPECT_FALSE(some.Overlaps(10, 19));
}

}  // namespace
}  // namespace lockstep::trace
