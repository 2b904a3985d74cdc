#include "emulator/main/argv.h"

#include <gtest/gtest.h>

namespace lockstep::emu {
namespace {

using Words = std::vector<std::string>;

const Words kTakesValue = {"bios", "m", "device", "append", "max-insns"};

TEST(NormaliseArgumentsTest, OneDashBecomesTwo) {
  EXPECT_EQ(NormaliseArguments({"-bios", "x.bin", "-nographic", "-m", "1G"}, kTakesValue),
            (Words{"--bios", "x.bin", "--nographic", "--m", "1G"}));
}

TEST(NormaliseArgumentsTest, TwoDashesStay) {
  EXPECT_EQ(NormaliseArguments({"--bios", "x.bin", "--stats"}, kTakesValue),
            (Words{"--bios", "x.bin", "--stats"}));
}

TEST(NormaliseArgumentsTest, EqualsSignSplitsGnuFormsOnly) {
  EXPECT_EQ(NormaliseArguments({"--bios=a=b", "--append="}, kTakesValue),
            (Words{"--bios", "a=b", "--append", ""}));
  EXPECT_EQ(NormaliseArguments({"-device", "loader,addr=5"}, kTakesValue),
            (Words{"--device", "loader,addr=5"}));
}

TEST(NormaliseArgumentsTest, FlagsKeepTheirValue) {
  EXPECT_EQ(NormaliseArguments({"--stats=json", "-m", "1G"}, kTakesValue),
            (Words{"--stats=json", "--m", "1G"}));
}

TEST(NormaliseArgumentsTest, ValuesAreLeftAlone) {
  EXPECT_EQ(NormaliseArguments({"-append", "-x --y", "-append", "-bios"}, kTakesValue),
            (Words{"--append", "-x --y", "--append", "-bios"}));
  EXPECT_EQ(NormaliseArguments({"-max-insns", "-1", "-5", "-"}, kTakesValue),
            (Words{"--max-insns", "-1", "-5", "-"}));
}

TEST(NormaliseArgumentsTest, NothingAfterTheTerminator) {
  EXPECT_EQ(NormaliseArguments({"-bios", "--", "--", "-x"}, kTakesValue),
            (Words{"--bios", "--", "--", "-x"}));
}

TEST(NormaliseArgumentsTest, ValueMayBeMissingAtTheEnd) {
  EXPECT_EQ(NormaliseArguments({"-bios"}, kTakesValue), (Words{"--bios"}));
}

}  // namespace
}  // namespace lockstep::emu
