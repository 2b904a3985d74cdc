#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "emulator/isa/inst.h"
#include "gtest/gtest.h"

namespace lockstep::isa {
namespace {

TEST(RegistersTest, AbiNames) {
  EXPECT_EQ(IntRegisterName(0), "zero");
  EXPECT_EQ(IntRegisterName(2), "sp");
  EXPECT_EQ(IntRegisterName(8), "s0");
  EXPECT_EQ(IntRegisterName(10), "a0");
  EXPECT_EQ(IntRegisterName(18), "s2");
  EXPECT_EQ(IntRegisterName(31), "t6");
  EXPECT_EQ(FloatRegisterName(0), "ft0");
  EXPECT_EQ(FloatRegisterName(8), "fs0");
  EXPECT_EQ(FloatRegisterName(10), "fa0");
  EXPECT_EQ(FloatRegisterName(27), "fs11");
  EXPECT_EQ(FloatRegisterName(31), "ft11");
}

TEST(RegistersDeathTest, NumberOutOfRangeAborts) {
  EXPECT_DEATH(IntRegisterName(32), "number");
  EXPECT_DEATH(FloatRegisterName(-1), "number");
}

TEST(RegistersTest, CsrNames) {
  EXPECT_EQ(CsrName(0x300), "mstatus");
  EXPECT_EQ(CsrName(0x180), "satp");
  EXPECT_EQ(CsrName(0xc01), "time");
  EXPECT_EQ(CsrName(0x3af), "pmpcfg15");
  EXPECT_EQ(CsrName(0x3ef), "pmpaddr63");
  EXPECT_EQ(CsrName(0xb03), "mhpmcounter3");
  EXPECT_EQ(CsrName(0xc9f), "hpmcounter31h");
  EXPECT_EQ(CsrName(0x33f), "mhpmevent31");
  EXPECT_EQ(CsrName(0x000), "");
  EXPECT_EQ(CsrName(0x7c0), "");
  EXPECT_EQ(CsrName(0x1000), "");
  EXPECT_EQ(CsrName(0xffff), "");
}

// Two CSRs of one name would be told apart nowhere.
TEST(RegistersTest, CsrNamesAreUnique) {
  std::map<std::string_view, uint16_t> seen;
  for (uint16_t csr = 0; csr < 4096; ++csr) {
    const std::string_view name = CsrName(csr);
    if (name.empty()) continue;
    const auto [it, inserted] = seen.emplace(name, csr);
    EXPECT_TRUE(inserted) << name << " is " << it->second << " and " << csr;
  }
  EXPECT_GT(seen.size(), 350u);
}

}  // namespace
}  // namespace lockstep::isa
