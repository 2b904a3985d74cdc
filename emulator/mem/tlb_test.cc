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
  Tlb tlb(16, 16, 0);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x5123), nullptr);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 0x80005000), kPageBytes);
  const TlbEntry* found = tlb.Find(kContext, Access::kLoad, 0x5123);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->page_pa, 0x80005000u);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
}

TEST(TlbTest, ContextsAndKindsAreApart) {
  Tlb tlb(16, 16, 4);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1), kPageBytes);
  EXPECT_EQ(tlb.Find(Tlb::kUserMode, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(Tlb::kSupervisorSum, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kStore, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kFetch, 0x5000), nullptr);
}

TEST(TlbTest, ConflictEvictsWithoutVictims) {
  Tlb tlb(1, 1, 0);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1), kPageBytes);
  tlb.Insert(kContext, Access::kLoad, Entry(0x6000, 2), kPageBytes);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x5000), nullptr);
  EXPECT_NE(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
}

TEST(TlbTest, VictimsComeBack) {
  Tlb tlb(1, 1, 2);
  for (uint64_t page = 1; page <= 3; ++page) {
    tlb.Insert(kContext, Access::kLoad, Entry(page << 12, page), kPageBytes);
  }
  for (int round = 0; round < 3; ++round) {
    for (uint64_t page = 1; page <= 3; ++page) {
      const TlbEntry* found = tlb.Find(kContext, Access::kLoad, page << 12);
      ASSERT_NE(found, nullptr) << page;
      EXPECT_EQ(found->page_pa, page);
    }
  }
  tlb.Insert(kContext, Access::kLoad, Entry(4 << 12, 4), kPageBytes);
  int present = 0;
  for (uint64_t page = 1; page <= 4; ++page) {
    present += tlb.Find(kContext, Access::kLoad, page << 12) != nullptr;
  }
  EXPECT_EQ(present, 3);
}

TEST(TlbTest, InsertReplacesTheSamePageInPlace) {
  Tlb tlb(1, 1, 1);
  tlb.Insert(kContext, Access::kStore, Entry(0x5000, 1), kPageBytes);
  tlb.Insert(kContext, Access::kStore, Entry(0x5000, 2), kPageBytes);
  tlb.Insert(kContext, Access::kStore, Entry(0x6000, 3), kPageBytes);
  EXPECT_EQ(tlb.Find(kContext, Access::kStore, 0x5000)->page_pa, 2u);
}

TEST(TlbTest, FlushEmptiesTablesAndVictims) {
  Tlb tlb(1, 1, 2);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1), kPageBytes);
  tlb.Insert(kContext, Access::kLoad, Entry(0x6000, 2), kPageBytes);
  tlb.Flush();
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
}

TEST(TlbTest, FlushExceptLeavesOnePage) {
  Tlb tlb(16, 16, 2);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1), kPageBytes);
  tlb.Insert(kContext, Access::kLoad, Entry(0x6000, 2), kPageBytes);
  tlb.FlushExcept(0x5abc);
  EXPECT_NE(tlb.Find(kContext, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
}

TEST(TlbTest, TablesGrowWhereEntriesDisplaceEachOther) {
  Tlb tlb(2, 16, 1);
  EXPECT_EQ(tlb.ByteMask(kContext), 1 * sizeof(TlbEntry));
  const uint64_t other = tlb.ByteMask(Tlb::kUserMode);
  int moves = 0;
  for (int round = 0; round < 40; ++round) {
    for (uint64_t page = 0; page < 16; ++page) {
      if (tlb.Find(kContext, Access::kLoad, page << 12) != nullptr) continue;
      moves += tlb.Insert(kContext, Access::kLoad, Entry(page << 12, page), kPageBytes);
    }
  }
  EXPECT_EQ(moves, 2);
  EXPECT_EQ(tlb.ByteMask(kContext), 15 * sizeof(TlbEntry));
  EXPECT_EQ(tlb.ByteMask(Tlb::kUserMode), other);
  for (uint64_t page = 0; page < 16; ++page) {
    const TlbEntry& entry = tlb.Table(kContext, Access::kLoad)[page];
    EXPECT_EQ(entry.tag, page << 12);
    EXPECT_EQ(entry.page_pa, page);
  }
  // The stores' table is of the same size.
  tlb.Insert(kContext, Access::kStore, Entry(15 << 12, 7), kPageBytes);
  EXPECT_EQ(tlb.Table(kContext, Access::kStore)[15].page_pa, 7u);
  tlb.Flush();
  for (uint64_t page = 0; page < 16; ++page) {
    EXPECT_EQ(tlb.Find(kContext, Access::kLoad, page << 12), nullptr);
  }
  EXPECT_EQ(tlb.Find(kContext, Access::kStore, 15 << 12), nullptr);
}

TEST(TlbTest, VictimsOfASmallerTableAreFlushed) {
  Tlb tlb(1, 4, 8);
  // Page 3 is a victim when the table grows, so that its new place is not used.
  tlb.Insert(kContext, Access::kLoad, Entry(3 << 12, 3), kPageBytes);
  tlb.Insert(kContext, Access::kLoad, Entry(1 << 12, 1), kPageBytes);
  EXPECT_TRUE(tlb.Insert(kContext, Access::kLoad, Entry(2 << 12, 2), kPageBytes));
  ASSERT_NE(tlb.Find(kContext, Access::kLoad, 3 << 12), nullptr);
  tlb.Flush();
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 3 << 12), nullptr);
}

TEST(TlbTest, ManyEntriesAreFlushed) {
  Tlb tlb(4096, 4096, 0);
  for (uint64_t page = 0; page < 4096; ++page) {
    tlb.Insert(kContext, Access::kLoad, Entry(page << 12, page), kPageBytes);
  }
  tlb.Flush();
  for (uint64_t page = 0; page < 4096; ++page) {
    EXPECT_EQ(tlb.Find(kContext, Access::kLoad, page << 12), nullptr);
  }
}

TEST(TlbTest, FlushPageDropsOnePageInEveryContext) {
  Tlb tlb(1, 1, 2);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 1), kPageBytes);
  tlb.Insert(kContext, Access::kLoad, Entry(0x6000, 2), kPageBytes);
  tlb.Insert(Tlb::kUserMode, Access::kStore, Entry(0x5000, 1), kPageBytes);
  EXPECT_FALSE(tlb.FlushPage(0x5123));
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x5000), nullptr);
  EXPECT_EQ(tlb.Find(Tlb::kUserMode, Access::kStore, 0x5000), nullptr);
  EXPECT_NE(tlb.Find(kContext, Access::kLoad, 0x6000), nullptr);
  // What is put there again is flushed again.
  tlb.Insert(Tlb::kUserMode, Access::kStore, Entry(0x5000, 1), kPageBytes);
  tlb.Flush();
  EXPECT_EQ(tlb.Find(Tlb::kUserMode, Access::kStore, 0x5000), nullptr);
}

TEST(TlbTest, FlushPageTellsOfFetches) {
  Tlb tlb(16, 16, 0);
  tlb.Insert(kContext, Access::kFetch, Entry(0x5000, 1), kPageBytes);
  EXPECT_FALSE(tlb.FlushPage(0x6000));
  EXPECT_TRUE(tlb.FlushPage(0x5000));
  EXPECT_FALSE(tlb.FlushPage(0x5000));
  // One that was displaced may have been anybody's.
  tlb.Insert(kContext, Access::kFetch, Entry(0x5000, 1), kPageBytes);
  tlb.Insert(kContext, Access::kFetch, Entry(0x15000, 1), kPageBytes);
  EXPECT_TRUE(tlb.FlushPage(0x7000));
  EXPECT_FALSE(tlb.FlushPage(0x7000));
}

TEST(TlbTest, FlushPageDropsAllOfALargePage) {
  Tlb tlb(16, 16, 0);
  tlb.Insert(kContext, Access::kLoad, Entry(0x200000, 1), 2 << 20);
  tlb.Insert(kContext, Access::kLoad, Entry(0x3ff000, 2), 2 << 20);
  tlb.Insert(kContext, Access::kLoad, Entry(0x101000, 3), kPageBytes);
  EXPECT_FALSE(tlb.FlushPage(0x102000));
  EXPECT_NE(tlb.Find(kContext, Access::kLoad, 0x3ff000), nullptr);
  EXPECT_TRUE(tlb.FlushPage(0x345000));
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x200000), nullptr);
  EXPECT_EQ(tlb.Find(kContext, Access::kLoad, 0x3ff000), nullptr);
}

TEST(TlbTest, FlagsMakeTheFastCompareMissButNotFind) {
  Tlb tlb(16, 16, 0);
  tlb.Insert(kContext, Access::kStore, Entry(0x5000, 1, TlbEntry::kDevice), kPageBytes);
  const TlbEntry* entry = tlb.Find(kContext, Access::kStore, 0x5008);
  ASSERT_NE(entry, nullptr);
  EXPECT_NE(entry->tag, 0x5000u);
}

TEST(TlbTest, MarkCodeFlagsEveryStoreEntryOfThePage) {
  Tlb tlb(1, 1, 2);
  tlb.Insert(kContext, Access::kStore, Entry(0x5000, 0x80000000), kPageBytes);
  tlb.Insert(kContext, Access::kStore, Entry(0x6000, 0x80000000), kPageBytes);
  tlb.Insert(Tlb::kMachineMode, Access::kStore, Entry(0x7000, 0x80001000), kPageBytes);
  tlb.Insert(kContext, Access::kLoad, Entry(0x5000, 0x80000000), kPageBytes);
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
