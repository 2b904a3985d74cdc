#include "emulator/devices/finisher/finisher.h"

#include <gtest/gtest.h>

#include "emulator/devices/fake_clock.h"

namespace lockstep::devices {
namespace {

struct FinisherTest : ::testing::Test {
  FinisherTest() : finisher([this](uint16_t c) { code = c; }, [this] { ++resets; }) {}
  int code = -1;
  int resets = 0;
  Finisher finisher;
};

TEST_F(FinisherTest, PassExitsWithZero) {
  EXPECT_TRUE(finisher.Write(0, 4, 0x12345555));
  EXPECT_EQ(code, 0);
}

TEST_F(FinisherTest, FailExitsWithTheUpperHalf) {
  EXPECT_TRUE(finisher.Write(0, 4, 0x00073333));
  EXPECT_EQ(code, 7);
}

TEST_F(FinisherTest, HalfWordFailHasCodeZero) {
  EXPECT_TRUE(finisher.Write(0, 2, 0x3333));
  EXPECT_EQ(code, 0);
}

TEST_F(FinisherTest, Reset) {
  EXPECT_TRUE(finisher.Write(0, 4, 0x7777));
  EXPECT_EQ(resets, 1);
  EXPECT_EQ(code, -1);
}

TEST_F(FinisherTest, OtherValuesAndPlacesAreIgnored) {
  EXPECT_TRUE(finisher.Write(0, 4, 0x1234));
  EXPECT_TRUE(finisher.Write(4, 4, 0x5555));
  EXPECT_EQ(code, -1);
  EXPECT_EQ(ReadOrRefused(finisher, 0, 4), 0u);
  EXPECT_EQ(ReadOrRefused(finisher, 8, 2), 0u);
}

TEST_F(FinisherTest, RefusesBytesAndDoubleWords) {
  for (unsigned size : {1u, 8u}) {
    EXPECT_FALSE(finisher.Write(0, size, 0x5555));
    EXPECT_EQ(ReadOrRefused(finisher, 0, size), kRefused);
  }
  EXPECT_EQ(code, -1);
}

}  // namespace
}  // namespace lockstep::devices
