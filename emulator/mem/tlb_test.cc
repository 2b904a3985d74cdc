#include "emulator/mem/tlb.h"

#include <gtest/gtest.h>

namespace lockstep::mem {
namespace {

constexpr Tlb::Context kContext = Tlb::kSupervisorMode;

TlbEntry Entry(uint64_t va, uint64_t page_pa, uint64_t flags = 0) {
  TlbEntry entry;
  entry.tag = (va & ~kPageOffsetMask) | flags;
  entry.page_pa = page_pa;
  return entry;
}

TEST(TlbTest, FindsWhatWasInserted) {
  Tlb tlb(16, 0);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x5123), nullptr);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 0x80005000));
  const TlbEntry* found = tlb.Find(kContext, Access::kLoad, 0x5123);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->page_pa, 0x80005000u);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
}

TEST(TlbTest, ContextsAndKindsAreApart) {
  Tlb tlb(16, 4);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1));
  EXPECT_EQ(tlb.Find(Tlb::kUserMode, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(Tlb::kSupervisorSum, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kStore, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kFetch, 0x5000), nullptr);
}

TEST(TlbTest, ConflictEvictsWithoutVictims) {
  Tlb tlb(1, 0);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1));
  tlb.Insert(kContext, Access::kLoad, Entry(0x6000, 2));
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x5000), nullptr);
  EXPECT_NE(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
}

TEST(TlbTest, VictimsComeBack) {
  Tlb tlb(1, 2);
  for (uint64_t page = 1; page <= 3; ++page) {
    tlb.Insert(kContext, Access::kLoad, Entry(page << 12, page));
  }
  for (int round = 0; round < 3; ++round) {
    for (uint64_t page = 1; page <= 3; ++page) {
      const TlbEntry* found = tlb.Find(kContext, Access::kLoad, page << 12);
      ASSERT_NE(found, nullptr) << page;
      EXPECT_EQ(found->page_pa, page);
    }
  }
  tlb.Insert(kContext, Access::kLoad, Entry(4 << 12, 4));
  int present = 0;
  for (uint64_t page = 1; page <= 4; ++page) {
    present += tlb.Find(kContext, Access::kLoad, page << 12) != nullptr;
  }
  EXPECT_EQ(present, 3);
}

TEST(TlbTest, InsertReplacesTheSamePageInPlace) {
  Tlb tlb(1, 1);
  tlb.Insert(kContext, Access::kStore, Entry(0x5000, 1));
  tlb.Insert(kContext, Access::kStore, Entry(0x5000, 2));
  tlb.Insert(kContext, Access::kStore, Entry(0x6000, 3));
  EXPECT_EQ(tlb.Find(kContext, Access::kStore, 0x5000)->page_pa, 2u);
}

TEST(TlbTest, FlushEmptiesTablesAndVictims) {
  Tlb tlb(1, 2);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1));
  tlb.Insert(kContext, Access::kLoad, Entry(0x6000, 2));
  tlb.Flush();
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
}

TEST(TlbTest, FlushExceptLeavesOnePage) {
  Tlb tlb(16, 2);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1));
  tlb.Insert(kContext, Access::kLoad, Entry(0x6000, 2));
  tlb.FlushExcept(0x5abc);
  EXPECT_NE(tlb.Find(kContext, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
}

TEST(TlbTest, FlagsMakeTheFastCompareMissButNotFind) {
  Tlb tlb(16, 0);
  tlb.Insert(kContext, Access::kStore, Entry(0x5000, 1, TlbEntry::kDevice));
  const TlbEntry* entry = tlb.Find(kContext, Access::kStore, 0x5008);
  ASSERT_NE(entry, nullptr);
  EXPECT_NE(entry->tag, 0x5000u);
}

TEST(TlbTest, MarkCodeFlagsEveryStoreEntryOfThePage) {
  Tlb tlb(1, 2);
  tlb.Insert(kContext, Access::kStore, Entry(0x5000, 0x80000000));
  tlb.Insert(kContext, Access::kStore, Entry(0x6000, 0x80000000));
  tlb.Insert(Tlb::kMachineMode, Access::kStore, Entry(0x7000, 0x80001000));
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 0x80000000));
  tlb.MarkCode(0x80000000, true);
  EXPECT_TRUE(tlb.Find(kContext, Access::kStore, 0x5000)->tag & TlbEntry::kCode);
  EXPECT_TRUE(tlb.Find(kContext, Access::kStore, 0x6000)->tag & TlbEntry::kCode);
  EXPECT_FALSE(tlb.Find(Tlb::kMachineMode, Access::kStore, 0x7000)->tag & TlbEntry::kCode);
  EXPECT_FALSE(tlb.Find(kContext, Access::kLoad, 0x5000)->tag & TlbEntry::kCode);
  tlb.MarkCode(0x80000000, false);
  EXPECT_FALSE(tlb.Find(kContext, Access::kStore, 0x5000)->tag & TlbEntry::kCode);
}

}  // namespace
}  // namespace lockstep::mem
