#include "emulator/base/check.h"

#include <gtest/gtest.h>

namespace lockstep::base {
namespace {

TEST(CheckTest, PassesSilently) { LOCKSTEP_CHECK(1 + 1 == 2) << "never printed"; }

TEST(CheckDeathTest, AbortsWithConditionAndDetail) {
  EXPECT_DEATH(LOCKSTEP_CHECK(1 + 1 == 3) << "sum of " << 2, "1 \\+ 1 == 3 sum of 2");
}

}  // namespace
}  // namespace lockstep::base
