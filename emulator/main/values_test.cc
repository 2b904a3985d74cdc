#include "emulator/main/values.h"

#include <gtest/gtest.h>

namespace lockstep::emu {
namespace {

TEST(ParseMemorySizeTest, SuffixesAndDefaultUnit) {
  EXPECT_EQ(*ParseMemorySize("128"), uint64_t{128} << 20);
  EXPECT_EQ(*ParseMemorySize("128M"), uint64_t{128} << 20);
  EXPECT_EQ(*ParseMemorySize("2G"), uint64_t{2} << 30);
  EXPECT_EQ(*ParseMemorySize("4096b"), 4096u);
  EXPECT_EQ(*ParseMemorySize("64k"), 65536u);
  EXPECT_EQ(*ParseMemorySize("size=1g"), uint64_t{1} << 30);
}

TEST(ParseMemorySizeTest, Errors) {
  for (const char* text :
       {"", "M", "x", "12Q", "-1", "1.5G", "99999999999999999999", "16777216T"}) {
    EXPECT_FALSE(ParseMemorySize(text).ok()) << text;
  }
}

TEST(ParseIcountTest, ShiftAndSleep) {
  EXPECT_EQ(*ParseIcount("shift=3,sleep=off"), 3u);
  EXPECT_EQ(*ParseIcount("sleep=off"), 0u);
  EXPECT_EQ(*ParseIcount("7"), 7u);
  EXPECT_FALSE(ParseIcount("shift=11").ok());
  EXPECT_FALSE(ParseIcount("shift=auto").ok());
  EXPECT_FALSE(ParseIcount("shift=0,sleep=on").ok());
  EXPECT_FALSE(ParseIcount("align=on").ok());
}

TEST(ParseRtcTest, DatesOnly) {
  EXPECT_EQ(*ParseRtc("base=2024-01-01T00:00:00,clock=vm"), 1704067200u);
  EXPECT_EQ(*ParseRtc("base=1970-01-02"), 86400u);
  EXPECT_FALSE(ParseRtc("base=utc").ok());
  EXPECT_FALSE(ParseRtc("base=localtime").ok());
  EXPECT_FALSE(ParseRtc("base=2024-01-01,clock=host").ok());
  EXPECT_FALSE(ParseRtc("clock=vm").ok());
  EXPECT_FALSE(ParseRtc("base=1969-12-31").ok());
}

TEST(ParseSmpTest, OneToEightHarts) {
  EXPECT_EQ(*ParseSmp("1"), 1u);
  EXPECT_EQ(*ParseSmp("cpus=1,maxcpus=1"), 1u);
  EXPECT_EQ(*ParseSmp("8"), 8u);
  EXPECT_EQ(*ParseSmp("cpus=4"), 4u);
  EXPECT_EQ(ParseSmp("9").status().message(), "9 harts are not available; 1 to 8 are");
  EXPECT_FALSE(ParseSmp("0").ok());
  EXPECT_FALSE(ParseSmp("many").ok());
}

TEST(ParseSerialTest, Kinds) {
  EXPECT_EQ(ParseSerial("stdio")->kind, SerialSpec::Kind::kStdio);
  EXPECT_EQ(ParseSerial("null")->kind, SerialSpec::Kind::kNull);
  EXPECT_EQ(ParseSerial("file:/x,y")->path, "/x,y");
  EXPECT_EQ(ParseSerial("script:a")->path, "a");
  EXPECT_EQ(ParseSerial("script:a")->out_path, "");
  EXPECT_EQ(ParseSerial("script:a,out=b")->path, "a");
  EXPECT_EQ(ParseSerial("script:a,out=b")->out_path, "b");
  for (const char* text : {"", "tty", "file:", "script:", "script:,out=x", "pty"}) {
    EXPECT_FALSE(ParseSerial(text).ok()) << text;
  }
}

}  // namespace
}  // namespace lockstep::emu
