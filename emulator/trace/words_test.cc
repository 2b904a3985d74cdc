#include "emulator/trace/words.h"

#include <gtest/gtest.h>

namespace lockstep::trace {
namespace {

TEST(WordsTest, Causes) {
  EXPECT_EQ(CauseName(false, 2), "illegal_instruction");
  EXPECT_EQ(CauseName(false, 15), "store_page_fault");
  EXPECT_EQ(CauseName(false, 14), "reserved");
  EXPECT_EQ(CauseName(false, 63), "reserved");
  EXPECT_EQ(CauseName(true, 7), "m_timer");
  EXPECT_EQ(CauseName(true, 13), "reserved");
  EXPECT_EQ(AccessOfCause(13), 0);
  EXPECT_EQ(AccessOfCause(7), 1);
  EXPECT_EQ(AccessOfCause(12), 2);
  EXPECT_EQ(AccessOfCause(2), -1);
}

TEST(WordsTest, Pages) {
  EXPECT_EQ(PageName(4096), "4K");
  EXPECT_EQ(PageName(2 << 20), "2M");
  EXPECT_EQ(PageName(uint64_t{512} << 30), "512G");
  EXPECT_EQ(PageName(1), "1B");
  EXPECT_EQ(PermissionName(0), "-------");
  EXPECT_EQ(PermissionName(0xdf), "rwxugad");
  EXPECT_EQ(PermissionName(0x45), "r-x--a-");
  EXPECT_EQ(PagingName(9), "sv48");
  EXPECT_EQ(FlushName(4), "satp");
  EXPECT_EQ(PrivilegeName(3), "M");
  EXPECT_EQ(AccessName(2), "fetch");
}

}  // namespace
}  // namespace lockstep::trace
