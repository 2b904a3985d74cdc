#include "emulator/devices/rtc/goldfish_rtc.h"

#include <gtest/gtest.h>

#include "emulator/devices/fake_clock.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kBaseSeconds = 1704067200;
constexpr uint64_t kBaseNs = kBaseSeconds * 1'000'000'000;

struct RtcTest : ::testing::Test {
  RtcTest() : rtc(&clock, kBaseSeconds, [this](bool level) { line = level; }) { rtc.Reset(); }
  uint64_t Get(uint64_t offset) { return ReadOrRefused(rtc, offset, 4); }
  uint64_t Now() {
    uint64_t low = Get(0);
    return low | Get(4) << 32;
  }
  void SetAlarm(uint64_t ns) {
    rtc.Write(0x0c, 4, ns >> 32);
    rtc.Write(0x08, 4, ns & 0xffffffff);
  }

  FakeClock clock;
  bool line = false;
  GoldfishRtc rtc;
};

TEST_F(RtcTest, CountsFromTheBase) {
  EXPECT_EQ(Now(), kBaseNs);
  clock.now_ns = 123456789;
  EXPECT_EQ(Now(), kBaseNs + 123456789);
}

TEST_F(RtcTest, HighHalfIsLatchedByReadingTheLow) {
  EXPECT_EQ(Get(4), 0u);
  uint64_t low = Get(0);
  clock.now_ns += uint64_t{1} << 33;
  EXPECT_EQ(low | Get(4) << 32, kBaseNs);
}

TEST_F(RtcTest, AlarmInterruptsWhenEnabled) {
  rtc.Write(0x10, 4, 1);
  SetAlarm(kBaseNs + 5000);
  EXPECT_EQ(Get(0x18), 1u);
  EXPECT_EQ(rtc.DeadlineNs(), 5000u);
  clock.now_ns = 5000;
  rtc.OnDeadline();
  EXPECT_TRUE(line);
  EXPECT_EQ(Get(0x18), 0u);
  rtc.Write(0x1c, 4, 1);
  EXPECT_FALSE(line);
}

TEST_F(RtcTest, AlarmInThePastInterruptsAtOnce) {
  SetAlarm(1);
  EXPECT_FALSE(line) << "not enabled yet";
  rtc.Write(0x10, 4, 1);
  EXPECT_TRUE(line);
}

TEST_F(RtcTest, AlarmCanBeCleared) {
  SetAlarm(kBaseNs + 5000);
  rtc.Write(0x14, 4, 1);
  EXPECT_EQ(Get(0x18), 0u);
  EXPECT_EQ(rtc.DeadlineNs(), kNeverNs);
}

TEST_F(RtcTest, ClockCanBeSet) {
  rtc.Write(0, 4, 5);
  rtc.Write(4, 4, 6);
  clock.now_ns = 10;
  EXPECT_EQ(Now(), 0x6'0000'000fu);
}

TEST_F(RtcTest, EightByteAccessIsTwoOfFour) {
  EXPECT_EQ(ReadOrRefused(rtc, 0, 8), kBaseNs);
  rtc.Write(8, 8, kBaseNs + 100);
  EXPECT_EQ(ReadOrRefused(rtc, 8, 8), kBaseNs + 100);
}

TEST_F(RtcTest, RefusesSmallAccesses) {
  for (unsigned size : {1u, 2u}) {
    EXPECT_EQ(ReadOrRefused(rtc, 0, size), kRefused);
    EXPECT_FALSE(rtc.Write(0x10, size, 1));
  }
}

TEST_F(RtcTest, ResetKeepsTheClockToTheSecond) {
  rtc.Write(0x10, 4, 1);
  clock.now_ns = 2'500'000'000;
  rtc.Reset();
  EXPECT_EQ(Now(), kBaseNs + 2'000'000'000);
  EXPECT_EQ(Get(0x10), 0u);
}

}  // namespace
}  // namespace lockstep::devices
