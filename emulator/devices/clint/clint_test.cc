#include "emulator/devices/clint/clint.h"

#include <gtest/gtest.h>

#include "emulator/devices/fake_clock.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kMtimecmp = 0x4000, kMtime = 0xbff8;

// A CLINT of two harts whose lines are kept.
struct ClintTest : ::testing::Test {
  ClintTest()
      : clint(&clock, {{Keep(&software[0]), Keep(&timer[0]), Keep(&supervisor[0])},
                       {Keep(&software[1]), Keep(&timer[1]), Keep(&supervisor[1])}}) {
    clint.Reset();
  }
  static InterruptLine Keep(bool* level) {
    return [level](bool value) { *level = value; };
  }
  // What the machine does when time goes on.
  void AdvanceTo(uint64_t now_ns) {
    while (clint.DeadlineNs() <= now_ns) {
      clock.now_ns = clint.DeadlineNs();
      clint.OnDeadline();
    }
    clock.now_ns = now_ns;
  }

  FakeClock clock;
  bool software[2] = {};
  bool timer[2] = {};
  bool supervisor[2] = {};
  Clint clint;
};

TEST_F(ClintTest, TimerInterruptIsPendingOutOfReset) {
  EXPECT_TRUE(timer[0]);
  EXPECT_FALSE(software[0]);
  EXPECT_EQ(ReadOrRefused(clint, kMtime, 8), 0u);
}

TEST_F(ClintTest, SoftwareInterruptHasOneBitPerHart) {
  EXPECT_TRUE(clint.Write(4, 4, 0xffffffff));
  EXPECT_FALSE(software[0]);
  EXPECT_TRUE(software[1]);
  EXPECT_EQ(ReadOrRefused(clint, 4, 4), 1u);
  EXPECT_TRUE(clint.Write(4, 4, 2));
  EXPECT_FALSE(software[1]);
  EXPECT_EQ(ReadOrRefused(clint, 8, 4), 0u) << "no third hart";
}

TEST_F(ClintTest, RefusesSizesThatQemuRefuses) {
  for (unsigned size : {1u, 2u, 8u}) EXPECT_EQ(ReadOrRefused(clint, 0, size), kRefused);
  for (unsigned size : {1u, 2u}) {
    EXPECT_EQ(ReadOrRefused(clint, kMtimecmp, size), kRefused);
    EXPECT_EQ(ReadOrRefused(clint, kMtime, size), kRefused);
    EXPECT_FALSE(clint.Write(kMtimecmp, size, 1));
  }
}

TEST_F(ClintTest, TimeCountsTicksOfHundredNanoseconds) {
  clock.now_ns = 0x1'2345'6789 * 100 + 99;
  EXPECT_EQ(ReadOrRefused(clint, kMtime, 8), 0x1'2345'6789u);
  EXPECT_EQ(ReadOrRefused(clint, kMtime, 4), 0x2345'6789u);
  EXPECT_EQ(ReadOrRefused(clint, kMtime + 4, 4), 1u);
}

TEST_F(ClintTest, CompareRegisterIsWrittenInHalves) {
  clint.Write(kMtimecmp, 8, 0x1122334455667788);
  clint.Write(kMtimecmp, 4, 0x99aabbcc);
  EXPECT_EQ(ReadOrRefused(clint, kMtimecmp, 8), 0x1122334499aabbccu);
  clint.Write(kMtimecmp + 4, 4, 0xddeeff00);
  EXPECT_EQ(ReadOrRefused(clint, kMtimecmp, 8), 0xddeeff0099aabbccu);
  EXPECT_EQ(ReadOrRefused(clint, kMtimecmp + 8, 8), 0u) << "the other hart's";
}

TEST_F(ClintTest, InterruptComesAtTheDeadlineOnly) {
  clock.now_ns = 1000;
  clint.Write(kMtimecmp, 8, 15);
  EXPECT_FALSE(timer[0]);
  EXPECT_EQ(clint.DeadlineNs(), 1500u);
  AdvanceTo(1499);
  EXPECT_FALSE(timer[0]);
  AdvanceTo(1500);
  EXPECT_TRUE(timer[0]);
  EXPECT_EQ(clint.DeadlineNs(), kNeverNs);
}

TEST_F(ClintTest, DeadlineCountsFromTheNanosecondOfTheWrite) {
  clock.now_ns = 1037;  // tick 10
  clint.Write(kMtimecmp, 8, 11);
  EXPECT_EQ(clint.DeadlineNs(), 1137u);
}

TEST_F(ClintTest, CompareInThePastRaisesAtOnceAndInTheFutureLowers) {
  clock.now_ns = 1000;
  clint.Write(kMtimecmp, 8, 11);
  EXPECT_FALSE(timer[0]);
  clint.Write(kMtimecmp, 8, 10);
  EXPECT_TRUE(timer[0]);
  EXPECT_EQ(clint.DeadlineNs(), 1100u) << "the old deadline stays armed";
  clint.Write(kMtimecmp, 8, 20);
  EXPECT_FALSE(timer[0]);
  EXPECT_EQ(clint.DeadlineNs(), 2000u);
}

TEST_F(ClintTest, SupervisorTimersGoBesideMachineTimers) {
  clint.Write(kMtimecmp, 8, UINT64_MAX);
  clint.Write(kMtimecmp + 8, 8, UINT64_MAX);
  clock.now_ns = 1037;
  clint.SetSupervisorCompare(1, 12);
  EXPECT_EQ(clint.DeadlineNs(), 1237u);
  clint.Write(kMtimecmp + 8, 8, 20);
  AdvanceTo(1300);
  EXPECT_TRUE(supervisor[1]);
  EXPECT_FALSE(supervisor[0] || timer[1]);
  EXPECT_EQ(clint.DeadlineNs(), 2037u);
  clint.SetSupervisorCompare(1, 30);
  EXPECT_FALSE(supervisor[1]);
  clint.SetSupervisorCompare(0, 13);
  EXPECT_TRUE(supervisor[0]) << "mtime has reached it already";
  AdvanceTo(2100);
  EXPECT_TRUE(timer[1]);
  EXPECT_FALSE(supervisor[1]);
  clint.Reset();
  AdvanceTo(10000);
  EXPECT_FALSE(supervisor[1]) << "a supervisor timer does not outlive a reset";
}

TEST_F(ClintTest, FarFutureIsNever) {
  clint.Write(kMtimecmp, 8, UINT64_MAX);
  clint.Write(kMtimecmp + 8, 8, UINT64_MAX / 2);
  EXPECT_EQ(clint.DeadlineNs(), kNeverNs);
  EXPECT_FALSE(timer[0]);
}

TEST_F(ClintTest, WritingTimeMovesItAndComparesAgain) {
  clint.Write(kMtimecmp, 8, 100);
  EXPECT_FALSE(timer[0]);
  clint.Write(kMtime, 8, 99);
  EXPECT_EQ(clint.DeadlineNs(), 100u);
  clint.Write(kMtime, 4, 100);
  EXPECT_TRUE(timer[0]);
  clint.Write(kMtime + 4, 4, 7);
  EXPECT_EQ(ReadOrRefused(clint, kMtime, 8), 0x7'0000'0064u);
  EXPECT_EQ(clint.TicksAt(1000), 0x7'0000'0064u + 10);
}

TEST_F(ClintTest, StateCanBePutBack) {
  clint.Write(kMtimecmp, 8, 50);
  Clint::State state = clint.state();
  clint.Write(kMtimecmp, 8, 70);
  clint.set_state(state);
  EXPECT_EQ(ReadOrRefused(clint, kMtimecmp, 8), 50u);
  EXPECT_EQ(clint.DeadlineNs(), 5000u);
}

}  // namespace
}  // namespace lockstep::devices
