#include "coordinator/cli/quantity.h"

#include "gtest/gtest.h"

namespace lockstep::cli {
namespace {

TEST(ParsePositiveDuration, ReadsUnits) {
  EXPECT_EQ(*ParsePositiveDuration("30s"), absl::Seconds(30));
  EXPECT_EQ(*ParsePositiveDuration("5m"), absl::Minutes(5));
  EXPECT_EQ(*ParsePositiveDuration("1h"), absl::Hours(1));
  EXPECT_EQ(*ParsePositiveDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(*ParsePositiveDuration("1h30m"), absl::Minutes(90));
}

TEST(ParsePositiveDuration, BareNumberIsSeconds) {
  EXPECT_EQ(*ParsePositiveDuration("90"), absl::Seconds(90));
  EXPECT_EQ(*ParsePositiveDuration("0.5"), absl::Milliseconds(500));
}

TEST(ParsePositiveDuration, RefusesTheRest) {
  for (const char* text :
       {"", "s", "5x", "five", "0", "0s", "-3s", "inf", "1..2", "nan", "1e400h"}) {
    EXPECT_FALSE(ParsePositiveDuration(text).ok()) << text;
  }
}

TEST(ParsePositiveCount, ReadsNumbers) {
  EXPECT_EQ(*ParsePositiveCount("1"), 1u);
  EXPECT_EQ(*ParsePositiveCount("81236711"), 81236711u);
  EXPECT_EQ(*ParsePositiveCount("5M"), 5'000'000u);
  EXPECT_EQ(*ParsePositiveCount("2k"), 2'000u);
  EXPECT_EQ(*ParsePositiveCount("3G"), 3'000'000'000u);
  EXPECT_EQ(*ParsePositiveCount("0x10"), 16u);
  EXPECT_EQ(*ParsePositiveCount("18446744073709551615"), UINT64_MAX);
}

TEST(ParsePositiveCount, RefusesTheRest) {
  for (const char* text : {"", "0", "-1", "+1", "M", "1.5M", "1MM", "0x", "0xg", "1 ", " 1", "1e6",
                           "18446744073709551616", "99999999999T"}) {
    EXPECT_FALSE(ParsePositiveCount(text).ok()) << text;
  }
}

TEST(FormatCount, ThreeSignificantDigits) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(999.6), "1.00 k");
  EXPECT_EQ(FormatCount(1234), "1.23 k");
  EXPECT_EQ(FormatCount(81'236'711), "81.2 M");
  EXPECT_EQ(FormatCount(812'367'110), "812 M");
  EXPECT_EQ(FormatCount(999'960'000), "1.00 G");
  EXPECT_EQ(FormatCount(-5), "0");
}

TEST(FormatClock, HoursOnlyWhenThereAreSome) {
  EXPECT_EQ(FormatClock(absl::Seconds(7.9)), "0:07");
  EXPECT_EQ(FormatClock(absl::Seconds(754)), "12:34");
  EXPECT_EQ(FormatClock(absl::Seconds(3723)), "1:02:03");
}

TEST(FormatBytes, BinaryUnits) {
  EXPECT_EQ(FormatBytes(512 * 1024), "512 KiB");
  EXPECT_EQ(FormatBytes(12'897'485), "12.3 MiB");
  EXPECT_EQ(FormatBytes(1'610'612'736), "1.50 GiB");
}

}  // namespace
}  // namespace lockstep::cli
