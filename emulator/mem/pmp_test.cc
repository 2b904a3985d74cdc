#include "emulator/mem/pmp.h"

#include <gtest/gtest.h>

namespace lockstep::mem {
namespace {

constexpr uint64_t kLock = 0x80, kTor = 0x08, kNa4 = 0x10, kNapot = 0x18;

// Sets the configuration byte of one of entries 0 to 7.
void Configure(Pmp* pmp, int entry, uint64_t config) {
  const uint64_t others = pmp->ReadConfig(0) & ~(uint64_t{0xff} << (8 * entry));
  pmp->WriteConfig(0, others | config << (8 * entry));
}

TEST(PmpTest, WithoutRulesOnlyMachineModePasses) {
  Pmp pmp;
  EXPECT_FALSE(pmp.AnyActive());
  EXPECT_TRUE(pmp.Allows(0x80000000, 8, kRead | kWrite | kExecute, kMachine));
  EXPECT_FALSE(pmp.Allows(0x80000000, 1, kRead, kSupervisor));
  EXPECT_FALSE(pmp.Allows(0x80000000, 1, kRead, kUser));
}

TEST(PmpTest, TorCoversFromThePreviousAddressUpToItsOwn) {
  Pmp pmp;
  pmp.WriteAddress(0, 0x80001000 >> 2);
  pmp.WriteAddress(1, 0x80002000 >> 2);
  Configure(&pmp, 1, kTor | kRead);
  EXPECT_FALSE(pmp.Allows(0x80000ff8, 8, kRead, kSupervisor));
  EXPECT_TRUE(pmp.Allows(0x80001000, 8, kRead, kSupervisor));
  EXPECT_TRUE(pmp.Allows(0x80001ff8, 8, kRead, kSupervisor));
  EXPECT_FALSE(pmp.Allows(0x80002000, 1, kRead, kSupervisor));
  EXPECT_FALSE(pmp.Allows(0x80001000, 8, kWrite, kSupervisor));
  EXPECT_FALSE(pmp.Allows(0x80001ffc, 8, kRead, kSupervisor)) << "partly inside";
}

TEST(PmpTest, FirstTorEntryBeginsAtZero) {
  Pmp pmp;
  pmp.WriteAddress(0, 0x1000 >> 2);
  Configure(&pmp, 0, kTor | kRead);
  EXPECT_TRUE(pmp.Allows(0, 8, kRead, kUser));
  EXPECT_FALSE(pmp.Allows(0x1000, 1, kRead, kUser));
}

TEST(PmpTest, ChangingALowerBoundMovesTheTorEntryAboveIt) {
  Pmp pmp;
  pmp.WriteAddress(1, 0x3000 >> 2);
  Configure(&pmp, 1, kTor | kRead);
  EXPECT_TRUE(pmp.Allows(0x1000, 4, kRead, kUser));
  pmp.WriteAddress(0, 0x2000 >> 2);
  EXPECT_FALSE(pmp.Allows(0x1000, 4, kRead, kUser));
  EXPECT_TRUE(pmp.Allows(0x2000, 4, kRead, kUser));
}

TEST(PmpTest, Na4CoversFourBytes) {
  Pmp pmp;
  pmp.WriteAddress(0, 0x80000010 >> 2);
  Configure(&pmp, 0, kNa4 | kRead | kWrite);
  EXPECT_TRUE(pmp.Allows(0x80000010, 4, kRead | kWrite, kUser));
  EXPECT_FALSE(pmp.Allows(0x8000000c, 4, kRead, kUser));
  EXPECT_FALSE(pmp.Allows(0x80000010, 8, kRead, kUser));
  EXPECT_FALSE(pmp.Allows(0x80000014, 4, kRead, kUser));
}

TEST(PmpTest, NapotSizeComesFromTrailingOnes) {
  for (int ones = 0; ones < 50; ++ones) {
    Pmp pmp;
    const uint64_t size = uint64_t{8} << ones;
    const uint64_t base = size * 5;
    pmp.WriteAddress(0, base >> 2 | ((uint64_t{1} << ones) - 1));
    Configure(&pmp, 0, kNapot | kRead);
    EXPECT_TRUE(pmp.Allows(base, 1, kRead, kUser)) << ones;
    EXPECT_TRUE(pmp.Allows(base + size - 1, 1, kRead, kUser)) << ones;
    EXPECT_FALSE(pmp.Allows(base - 1, 1, kRead, kUser)) << ones;
    EXPECT_FALSE(pmp.Allows(base + size, 1, kRead, kUser)) << ones;
  }
}

TEST(PmpTest, NapotOfAllOnesCoversEverything) {
  Pmp pmp;
  pmp.WriteAddress(0, ~uint64_t{0});
  Configure(&pmp, 0, kNapot | kRead | kExecute);
  EXPECT_TRUE(pmp.Allows(0, 8, kRead | kExecute, kUser));
  EXPECT_TRUE(pmp.Allows(~uint64_t{0} - 7, 8, kRead, kUser));
  EXPECT_FALSE(pmp.Allows(0, 8, kWrite, kUser));
}

TEST(PmpTest, LowestMatchingEntryDecides) {
  Pmp pmp;
  pmp.WriteAddress(0, 0x80000000 >> 2 | 0x1ff);
  pmp.WriteAddress(1, ~uint64_t{0});
  Configure(&pmp, 0, kNapot);
  Configure(&pmp, 1, kNapot | kRead | kWrite | kExecute);
  EXPECT_FALSE(pmp.Allows(0x80000800, 4, kRead, kSupervisor));
  EXPECT_TRUE(pmp.Allows(0x80001000, 4, kRead, kSupervisor));
  EXPECT_FALSE(pmp.Allows(0x80000ffc, 8, kRead, kSupervisor)) << "partly inside entry 0";
  EXPECT_TRUE(pmp.Allows(0x80000800, 4, kRead, kMachine)) << "not locked";
}

TEST(PmpTest, LockedEntryBindsMachineModeAndCannotBeWritten) {
  Pmp pmp;
  pmp.WriteAddress(2, 0x80000000 >> 2 | 0x1ff);
  Configure(&pmp, 2, kLock | kNapot | kRead);
  EXPECT_TRUE(pmp.Allows(0x80000000, 8, kRead, kMachine));
  EXPECT_FALSE(pmp.Allows(0x80000000, 8, kWrite, kMachine));
  Configure(&pmp, 2, kNapot | kRead | kWrite);
  EXPECT_EQ(pmp.ReadConfig(0) >> 16 & 0xff, kLock | kNapot | kRead);
  pmp.WriteAddress(2, 0);
  EXPECT_EQ(pmp.ReadAddress(2), 0x80000000 >> 2 | 0x1ff);
}

TEST(PmpTest, LockedTorEntryLocksItsLowerBound) {
  Pmp pmp;
  pmp.WriteAddress(0, 0x100);
  pmp.WriteAddress(1, 0x200);
  Configure(&pmp, 1, kLock | kTor | kRead);
  pmp.WriteAddress(0, 0x180);
  EXPECT_EQ(pmp.ReadAddress(0), 0x100u);
}

TEST(PmpTest, ConfigurationRegistersHoldEightEntriesEach) {
  Pmp pmp;
  pmp.WriteConfig(0, 0x0706050403020100);
  pmp.WriteConfig(2, 0x0f0e0d0c0b0a0908);
  EXPECT_EQ(pmp.ReadConfig(0), 0x0706050403020100u);
  EXPECT_EQ(pmp.ReadConfig(2), 0x0f0e0d0c0b0a0908u);
}

// ForPage() must say for a page what Allows() says for each of its accesses.
TEST(PmpTest, PagePermissionsAgreeWithEveryAccess) {
  const uint64_t page = 0x80001000;
  const uint64_t bounds[] = {page - 0x1000, page - 8,      page,         page + 8,
                             page + 0x800,  page + 0x1000, page + 0x2000};
  int split = 0;
  for (const uint64_t low : bounds) {
    for (const uint64_t high : bounds) {
      if (low >= high) continue;
      Pmp pmp;
      pmp.WriteAddress(0, low >> 2);
      pmp.WriteAddress(1, high >> 2);
      pmp.WriteAddress(2, ~uint64_t{0});
      pmp.WriteConfig(0, (kNapot | kRead | kWrite) << 16 | (kTor | kRead) << 8);
      const Pmp::PagePermissions answer = pmp.ForPage(page, kSupervisor);
      bool all_alike = true;
      const bool first = pmp.Allows(page, 4, kWrite, kSupervisor);
      for (uint64_t pa = page; pa < page + kPageBytes; pa += 4) {
        const bool allowed = pmp.Allows(pa, 4, kWrite, kSupervisor);
        all_alike &= allowed == first;
        if (answer.uniform) {
          EXPECT_EQ(allowed, (answer.permissions & kWrite) != 0) << pa;
        }
      }
      EXPECT_EQ(answer.uniform, all_alike) << low << " " << high;
      split += !answer.uniform;
    }
  }
  EXPECT_GT(split, 5);
}

}  // namespace
}  // namespace lockstep::mem
