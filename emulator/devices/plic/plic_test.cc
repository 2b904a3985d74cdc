#include "emulator/devices/plic/plic.h"

#include <gtest/gtest.h>

#include "emulator/devices/fake_clock.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kPending = 0x1000, kEnableM = 0x2000, kEnableS = 0x2080;
constexpr uint64_t kThresholdM = 0x200000, kClaimM = 0x200004;
constexpr uint64_t kThresholdS = 0x201000, kClaimS = 0x201004;

struct PlicTest : ::testing::Test {
  PlicTest()
      : plic(
            {[this](bool level) { machine = level; }, [this](bool level) { supervisor = level; }}) {
    plic.Reset();
  }
  void SetPriority(unsigned source, uint32_t priority) { plic.Write(source * 4, 4, priority); }
  uint64_t Get(uint64_t offset) { return ReadOrRefused(plic, offset, 4); }

  bool machine = false;
  bool supervisor = false;
  Plic plic;
};

TEST_F(PlicTest, RegistersHoldWhatExists) {
  SetPriority(1, 0xffffffff);
  EXPECT_EQ(Get(4), 7u);
  SetPriority(96, 5);
  EXPECT_EQ(Get(96 * 4), 5u);
  plic.Write(0, 4, 7);
  EXPECT_EQ(Get(0), 0u) << "source 0 does not exist";
  plic.Write(97 * 4, 4, 7);
  EXPECT_EQ(Get(97 * 4), 0u);
  plic.Write(kEnableM + 8, 4, 0xffffffff);
  EXPECT_EQ(Get(kEnableM + 8), 0xffffffffu);
  plic.Write(kEnableM + 12, 4, 0xffffffff);
  EXPECT_EQ(Get(kEnableM + 12), 0u);
  plic.Write(kThresholdS, 4, 0xffffffff);
  EXPECT_EQ(Get(kThresholdS), 7u);
  EXPECT_EQ(Get(kThresholdM), 0u);
  EXPECT_EQ(Get(0x202000), 0u) << "no third context";
  EXPECT_EQ(Get(0x5ffffc), 0u);
}

TEST_F(PlicTest, RefusesAllSizesButFour) {
  for (unsigned size : {1u, 2u, 8u}) {
    EXPECT_EQ(ReadOrRefused(plic, 0, size), kRefused);
    EXPECT_FALSE(plic.Write(8, size, 1));
  }
}

TEST_F(PlicTest, InterruptNeedsPriorityEnableAndThreshold) {
  plic.Write(kEnableM, 4, 1 << 10);
  plic.SetSource(10, true);
  EXPECT_EQ(Get(kPending), 1u << 10);
  EXPECT_FALSE(machine) << "priority 0";
  SetPriority(10, 2);
  EXPECT_TRUE(machine);
  EXPECT_FALSE(supervisor);
  plic.Write(kThresholdM, 4, 2);
  EXPECT_FALSE(machine);
  plic.Write(kThresholdM, 4, 1);
  EXPECT_TRUE(machine);
}

TEST_F(PlicTest, EnableActsWithTheNextEvaluation) {
  SetPriority(10, 1);
  plic.SetSource(10, true);
  plic.Write(kEnableS, 4, 1 << 10);
  EXPECT_FALSE(supervisor);
  plic.SetSource(10, true);
  EXPECT_TRUE(supervisor);
}

TEST_F(PlicTest, ClaimTakesTheHighestPriorityThenTheLowestNumber) {
  plic.Write(kEnableM, 4, 0xffffffff);
  plic.Write(kEnableM + 4, 4, 0xffffffff);
  SetPriority(10, 3);
  SetPriority(11, 5);
  SetPriority(40, 5);
  plic.SetSource(10, true);
  plic.SetSource(40, true);
  plic.SetSource(11, true);
  EXPECT_EQ(Get(kClaimM), 11u);
  EXPECT_EQ(Get(kClaimM), 40u);
  EXPECT_TRUE(machine);
  EXPECT_EQ(Get(kClaimM), 10u);
  EXPECT_FALSE(machine);
  EXPECT_EQ(Get(kClaimM), 0u);
}

TEST_F(PlicTest, ClaimedSourceWaitsForCompletion) {
  SetPriority(10, 1);
  plic.Write(kEnableM, 4, 1 << 10);
  plic.Write(kEnableS, 4, 1 << 10);
  plic.SetSource(10, true);
  EXPECT_TRUE(machine && supervisor);
  EXPECT_EQ(Get(kClaimM), 10u);
  EXPECT_FALSE(machine || supervisor);
  EXPECT_EQ(Get(kClaimS), 0u);
  plic.SetSource(10, true);  // driven again while claimed
  EXPECT_EQ(Get(kPending), 1u << 10);
  EXPECT_FALSE(machine);
  plic.Write(kClaimM, 4, 11);
  EXPECT_FALSE(machine) << "completed another one";
  plic.Write(kClaimM, 4, 10);
  EXPECT_TRUE(machine);
}

TEST_F(PlicTest, LoweredLineStaysPendingUntilClaimed) {
  SetPriority(10, 1);
  plic.Write(kEnableM, 4, 1 << 10);
  plic.SetSource(10, true);
  plic.SetSource(10, false);
  EXPECT_TRUE(machine);
  EXPECT_EQ(Get(kClaimM), 10u);
  plic.Write(kClaimM, 4, 10);
  EXPECT_FALSE(machine);
  EXPECT_EQ(Get(kPending), 0u);
}

TEST_F(PlicTest, ResetForgetsEverything) {
  SetPriority(10, 1);
  plic.Write(kEnableM, 4, 1 << 10);
  plic.SetSource(10, true);
  plic.Reset();
  EXPECT_FALSE(machine);
  EXPECT_EQ(Get(kPending), 0u);
  EXPECT_EQ(Get(kEnableM), 0u);
  EXPECT_EQ(Get(40), 0u);
}

}  // namespace
}  // namespace lockstep::devices
