#include "emulator/mem/page_walk.h"

#include <gtest/gtest.h>

#include <map>

namespace lockstep::mem {
namespace {

constexpr uint64_t kRoot = 0x80000000, kMiddle = 0x80001000, kLeaf = 0x80002000;
constexpr uint64_t kVa = 0x40201abc;  // Sv39 indices 1, 1, 1
constexpr uint64_t kFrame = 0x80345000;
constexpr uint64_t kFull = kPteV | kPteR | kPteW | kPteX | kPteA | kPteD;

uint64_t Pte(uint64_t pa, uint64_t flags) { return pa >> 2 | flags; }

class FakeMemory : public PteMemory {
 public:
  bool LoadPte(uint64_t pa, uint64_t* pte) override {
    if (pa == hole) return false;
    *pte = words[pa];
    return true;
  }
  bool StorePte(uint64_t pa, uint64_t pte) override {
    if (is_rom) return false;
    ++stores;
    words[pa] = pte;
    return true;
  }

  std::map<uint64_t, uint64_t> words;
  uint64_t hole = 1;
  bool is_rom = false;
  int stores = 0;
};

class PageWalkTest : public ::testing::Test {
 protected:
  PageWalkTest() {
    pmp_.WriteAddress(0, ~uint64_t{0});
    pmp_.WriteConfig(0, 0x1f);
    memory_.words[kRoot + 8] = Pte(kMiddle, kPteV);
    memory_.words[kMiddle + 8] = Pte(kLeaf, kPteV);
    memory_.words[kLeaf + 8] = Pte(kFrame, kFull);
    request_.satp = uint64_t{kModeSv39} << 60 | kRoot >> 12;
  }
  WalkResult Walk(Access access, uint64_t va = kVa) {
    return WalkPageTable(va, access, request_, pmp_, &memory_);
  }
  MemFault Fault(Access access, uint64_t va = kVa) { return Walk(access, va).fault; }
  uint64_t& leaf() { return memory_.words[kLeaf + 8]; }

  FakeMemory memory_;
  Pmp pmp_;
  WalkRequest request_;
};

TEST_F(PageWalkTest, BareIsIdentity) {
  request_.satp = 0;
  const WalkResult result = Walk(Access::kStore, 0x123456789abc);
  EXPECT_EQ(result.fault, MemFault::kNone);
  EXPECT_EQ(result.pa, 0x123456789abcu);
  EXPECT_EQ(result.permissions, kAllPermissions);
}

TEST_F(PageWalkTest, FourKibPage) {
  const WalkResult result = Walk(Access::kLoad);
  EXPECT_EQ(result.fault, MemFault::kNone);
  EXPECT_EQ(result.pa, kFrame | 0xabc);
  EXPECT_EQ(result.page_bytes, 0x1000u);
  EXPECT_EQ(result.permissions, kAllPermissions);
  EXPECT_EQ(memory_.stores, 0) << "A and D were set already";
}

TEST_F(PageWalkTest, SuperpagesTakeLowBitsFromTheAddress) {
  memory_.words[kMiddle + 8] = Pte(0x80400000, kFull);
  WalkResult result = Walk(Access::kFetch);
  EXPECT_EQ(result.pa, 0x80400000u | (kVa & 0x1fffff));
  EXPECT_EQ(result.page_bytes, uint64_t{1} << 21);
  memory_.words[kRoot + 8] = Pte(0xc0000000, kFull);
  result = Walk(Access::kFetch);
  EXPECT_EQ(result.pa, 0xc0000000u | (kVa & 0x3fffffff));
  EXPECT_EQ(result.page_bytes, uint64_t{1} << 30);
}

TEST_F(PageWalkTest, MisalignedSuperpagesFault) {
  memory_.words[kMiddle + 8] = Pte(0x80401000, kFull);
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
  memory_.words[kRoot + 8] = Pte(0x80200000, kFull);
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
}

TEST_F(PageWalkTest, AddressesMustBeCanonical) {
  for (const unsigned mode : {kModeSv39, kModeSv48, kModeSv57}) {
    request_.satp = uint64_t{mode} << 60 | kRoot >> 12;
    const unsigned va_bits = 39 + 9 * (mode - kModeSv39);
    // A gigapage or larger at the last index, so that the top half translates.
    memory_.words[kRoot + 511 * 8] = Pte(0, kFull);
    const uint64_t top = ~uint64_t{0} << (va_bits - 1);
    EXPECT_EQ(Fault(Access::kLoad, ~uint64_t{0xfff}), MemFault::kNone) << mode;
    EXPECT_EQ(Fault(Access::kLoad, top - 1), MemFault::kPage) << mode;
    EXPECT_EQ(Fault(Access::kLoad, ~top + 1), MemFault::kPage) << mode;
    EXPECT_EQ(Fault(Access::kLoad, (~uint64_t{0xfff}) ^ uint64_t{1} << 63), MemFault::kPage);
  }
}

TEST_F(PageWalkTest, DeeperModesWalkMoreLevels) {
  // Sv48 and Sv57: one and two more tables above, indexed by zero.
  constexpr uint64_t kUpper = 0x80010000, kTop = 0x80011000;
  memory_.words[kUpper] = Pte(kRoot, kPteV);
  memory_.words[kTop] = Pte(kUpper, kPteV);
  request_.satp = uint64_t{kModeSv48} << 60 | kUpper >> 12;
  EXPECT_EQ(Walk(Access::kLoad).pa, kFrame | 0xabc);
  request_.satp = uint64_t{kModeSv57} << 60 | kTop >> 12;
  EXPECT_EQ(Walk(Access::kLoad).pa, kFrame | 0xabc);
}

TEST_F(PageWalkTest, InvalidAndReservedEntriesFault) {
  for (const uint64_t flags :
       {uint64_t{0}, kFull & ~kPteV, kPteV | kPteW | kPteA | kPteD,
        kPteV | kPteW | kPteX | kPteA | kPteD, kPteV /* a pointer at the last level */}) {
    leaf() = Pte(kFrame, flags);
    EXPECT_EQ(Fault(Access::kStore), MemFault::kPage) << flags;
    EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage) << flags;
  }
  for (int bit = 54; bit < 64; ++bit) {
    leaf() = Pte(kFrame, kFull) | uint64_t{1} << bit;
    EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage) << bit;
  }
}

TEST_F(PageWalkTest, PointersMustNotHaveAccessedDirtyOrUser) {
  for (const uint64_t flag : {kPteA, kPteD, kPteU}) {
    memory_.words[kMiddle + 8] = Pte(kLeaf, kPteV | flag);
    EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage) << flag;
  }
  memory_.words[kMiddle + 8] = Pte(kLeaf, kPteV | kPteG);
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kNone);
}

TEST_F(PageWalkTest, UserPages) {
  leaf() = Pte(kFrame, kFull | kPteU);
  request_.privilege = kUser;
  EXPECT_EQ(Fault(Access::kFetch), MemFault::kNone);
  request_.privilege = kSupervisor;
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
  request_.sum = true;
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kNone);
  EXPECT_EQ(Fault(Access::kStore), MemFault::kNone);
  EXPECT_EQ(Fault(Access::kFetch), MemFault::kPage) << "SUM is for data only";
  leaf() = Pte(kFrame, kFull);
  request_.privilege = kUser;
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
}

TEST_F(PageWalkTest, MxrMakesExecutablePagesReadable) {
  leaf() = Pte(kFrame, kPteV | kPteX | kPteA | kPteD);
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
  request_.mxr = true;
  EXPECT_EQ(Walk(Access::kLoad).permissions, kRead | kExecute);
  EXPECT_EQ(Fault(Access::kStore), MemFault::kPage);
}

TEST_F(PageWalkTest, HardwareSetsAccessedAndDirty) {
  leaf() = Pte(kFrame, kFull & ~(kPteA | kPteD));
  WalkResult result = Walk(Access::kLoad);
  EXPECT_EQ(leaf(), Pte(kFrame, kFull & ~kPteD));
  EXPECT_EQ(result.permissions, kRead | kExecute) << "a later store must walk again";
  result = Walk(Access::kStore);
  EXPECT_EQ(leaf(), Pte(kFrame, kFull));
  EXPECT_EQ(result.pte_flags, kFull);
  EXPECT_EQ(result.permissions, kAllPermissions);
  EXPECT_EQ(memory_.stores, 2);
  request_.set_dirty = false;
  leaf() = Pte(kFrame, kFull & ~kPteD);
  Walk(Access::kStore);
  EXPECT_EQ(leaf(), Pte(kFrame, kFull & ~kPteD)) << "the planted fault";
}

TEST_F(PageWalkTest, NothingIsUpdatedWhenTheAccessFaults) {
  leaf() = Pte(kFrame, kPteV | kPteR);
  EXPECT_EQ(Fault(Access::kStore), MemFault::kPage);
  EXPECT_EQ(leaf(), Pte(kFrame, kPteV | kPteR));
}

TEST_F(PageWalkTest, TablesInRomOrNowhere) {
  leaf() = Pte(kFrame, kFull & ~kPteA);
  memory_.is_rom = true;
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage) << "A cannot be set";
  memory_.hole = kMiddle + 8;
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
}

TEST_F(PageWalkTest, PmpGuardsTheTables) {
  // Entry 0 takes the leaf table away from S mode.
  pmp_ = Pmp();
  pmp_.WriteAddress(0, kLeaf >> 2 | 0x1ff);
  pmp_.WriteAddress(1, ~uint64_t{0});
  pmp_.WriteConfig(0, 0x1f18);
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kAccess);
  // Readable is enough, also for the update.
  pmp_.WriteConfig(0, 0x1f19);
  leaf() = Pte(kFrame, kFull & ~kPteD);
  EXPECT_EQ(Fault(Access::kStore), MemFault::kNone);
  EXPECT_EQ(leaf(), Pte(kFrame, kFull));
}

TEST_F(PageWalkTest, MemoryTypeNeedsSvpbmt) {
  leaf() |= uint64_t{1} << 61;
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
  request_.svnapot = true;
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
  request_.svpbmt = true;
  const WalkResult result = Walk(Access::kLoad);
  EXPECT_EQ(result.fault, MemFault::kNone);
  EXPECT_EQ(result.pa, kFrame | 0xabc);
  memory_.words[kMiddle + 8] |= uint64_t{1} << 61;  // in a pointer it is reserved
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
}

TEST_F(PageWalkTest, NapotMapsSixteenPages) {
  request_.svnapot = true;
  leaf() = Pte(0x80348000, kFull | kPteN);  // 64 KiB from 0x80340000
  const WalkResult result = Walk(Access::kLoad);
  EXPECT_EQ(result.fault, MemFault::kNone);
  EXPECT_EQ(result.pa, 0x80341abcu) << "page 1, by the virtual address";
  EXPECT_EQ(result.page_bytes, 65536u);
  for (uint64_t low = 0; low < 16; ++low) {
    leaf() = Pte(0x80340000 | low << 12, kFull | kPteN);
    EXPECT_EQ(Fault(Access::kLoad), low == 8 ? MemFault::kNone : MemFault::kPage) << low;
  }
  leaf() = Pte(0x80348000, (kFull & ~(kPteA | kPteD)) | kPteN);
  EXPECT_EQ(Fault(Access::kStore), MemFault::kNone);
  EXPECT_EQ(leaf(), Pte(0x80348000, kFull | kPteN));
  request_.svnapot = false;
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
  // Neither in a superpage nor in a pointer
  request_.svnapot = true;
  memory_.words[kMiddle + 8] = Pte(0x80200000, kFull | kPteN);
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
  memory_.words[kMiddle + 8] = Pte(kLeaf, kPteV | kPteN);
  EXPECT_EQ(Fault(Access::kLoad), MemFault::kPage);
}

}  // namespace
}  // namespace lockstep::mem
