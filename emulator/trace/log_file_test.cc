#include "emulator/trace/log_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace lockstep::trace {
namespace {

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(LogFileTest, BuffersAndLosesNothing) {
  const std::string path = ::testing::TempDir() + "/log";
  std::string expected;
  {
    auto log = LogFile::Open(path);
    ASSERT_TRUE(log.ok()) << log.status();
    (*log)->text() += "first\n";
    (*log)->Written();
    EXPECT_EQ(Contents(path), "");
    EXPECT_TRUE((*log)->Flush());
    EXPECT_EQ(Contents(path), "first\n");
    expected = "first\n";
    for (int i = 0; i < 50000; ++i) {
      (*log)->text() += std::to_string(i) + "\n";
      expected += std::to_string(i) + "\n";
      (*log)->Written();
    }
    EXPECT_GT(Contents(path).size(), size_t{1} << 16);
  }
  EXPECT_EQ(Contents(path), expected);
  { EXPECT_TRUE(LogFile::Open(path).ok()); }
  EXPECT_EQ(Contents(path), "");  // emptied
}

TEST(LogFileTest, WhatCannotBeWrittenIsSaid) {
  const auto log = LogFile::Open("/does/not/exist");
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.status().message(),
            "cannot write /does/not/exist (No such file or directory); give another path");
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP();
  auto full = LogFile::Open("/dev/full");
  ASSERT_TRUE(full.ok());
  (*full)->text() += "x";
  EXPECT_FALSE((*full)->Flush());
  EXPECT_FALSE((*full)->Flush());
}

}  // namespace
}  // namespace lockstep::trace
