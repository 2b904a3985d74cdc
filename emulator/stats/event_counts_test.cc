// Sums of made-up events, and how long handlers took.

#include "emulator/stats/event_counts.h"

#include <gtest/gtest.h>

namespace lockstep::stats {
namespace {

using observe::EventKind;

constexpr uint8_t kU = 0, kS = 1, kM = 3;

void Trap(EventCounts* counts, bool is_interrupt, uint64_t cause, uint8_t from, uint8_t to,
          uint64_t icount, uint32_t hart = 0) {
  const uint64_t fields[] = {cause, 0, 0, from, to, 0};
  counts->Event(hart, is_interrupt ? EventKind::kInterrupt : EventKind::kException, icount, fields);
}

TEST(EventCountsTest, KindsAndHartsAreApart) {
  EventCounts counts(2);
  EXPECT_FALSE(counts.wants_blocks());
  const uint64_t fill[] = {0x1000, 0x2000, 4096, 2, 0, 8, 0xff, 1};
  counts.Event(1, EventKind::kTlbFill, 5, fill);
  counts.Event(1, EventKind::kTlbFill, 6, fill);
  const uint64_t flush[] = {0, 0, 4};
  counts.Event(0, EventKind::kTlbFlush, 7, flush);
  const uint64_t store[] = {0x10000000, 0x41, 1, 1}, load[] = {0x10000005, 0x60, 1, 0};
  counts.Event(0, EventKind::kMmio, 8, store);
  counts.Event(0, EventKind::kMmio, 9, load);
  counts.Event(0, EventKind::kMmio, 10, load);
  EXPECT_EQ(counts.of(1).fills[2], 2u);
  EXPECT_EQ(counts.of(0).fills[2], 0u);
  EXPECT_EQ(counts.of(0).flushes[4], 1u);
  EXPECT_EQ(counts.of(0).devices.at({"uart", "thr"}).writes, 1u);
  EXPECT_EQ(counts.of(0).devices.at({"uart", "lsr"}).reads, 2u);
  EXPECT_EQ(counts.of(0).devices.size(), 2u);
}

TEST(EventCountsTest, Faults) {
  EventCounts counts(1);
  Trap(&counts, false, 13, kU, kS, 1);
  Trap(&counts, false, 5, kU, kS, 2);
  Trap(&counts, false, 15, kU, kS, 3);
  Trap(&counts, true, 5, kU, kS, 4);  // a timer, not a fault
  EXPECT_EQ(counts.of(0).faults, (std::array<uint64_t, 3>{2, 1, 0}));
}

TEST(EventCountsTest, TimeInHandlers) {
  EventCounts counts(1);
  Trap(&counts, false, 8, kU, kS, 100);
  // An interrupt within the handler, which returns into it.
  Trap(&counts, true, 5, kS, kS, 110);
  counts.TrapReturned(0, 130, kS, kS);
  // The firmware is called, and returns.
  Trap(&counts, false, 9, kS, kM, 140);
  counts.TrapReturned(0, 145, kM, kS);
  counts.TrapReturned(0, 200, kS, kU);
  Trap(&counts, false, 8, kU, kS, 300);
  counts.TrapReturned(0, 310, kS, kU);
  const auto& traps = counts.of(0).traps;
  const TrapCount& call = traps.at({false, 8, kU});
  EXPECT_EQ(call.count, 2u);
  EXPECT_EQ(call.returns, 2u);
  EXPECT_EQ(call.insns, 110u);
  EXPECT_EQ(call.min_insns, 10u);
  EXPECT_EQ(call.max_insns, 100u);
  EXPECT_EQ(traps.at({true, 5, kS}).insns, 20u);
  EXPECT_EQ(traps.at({false, 9, kS}).insns, 5u);
}

TEST(EventCountsTest, HandlersThatDoNotReturnAndReturnsWithoutOne) {
  EventCounts counts(1);
  counts.TrapReturned(0, 10, kM, kS);  // how firmware starts a kernel
  EXPECT_TRUE(counts.of(0).traps.empty());
  // Another task is returned to, whose own handler was entered earlier.
  Trap(&counts, true, 5, kU, kS, 20);
  Trap(&counts, false, 13, kS, kS, 25);
  counts.TrapReturned(0, 50, kS, kU);
  EXPECT_EQ(counts.of(0).traps.at({true, 5, kU}).insns, 30u);
  EXPECT_EQ(counts.of(0).traps.at({false, 13, kS}).returns, 0u);
  // A fault as a way to jump, as Linux switches paging on: no return to U is its own.
  Trap(&counts, false, 12, kS, kS, 60);
  counts.TrapReturned(0, 900, kS, kU);
  EXPECT_EQ(counts.of(0).traps.at({false, 12, kS}).returns, 0u);
  // Firmware passes a trap of U's on to S.
  Trap(&counts, false, 2, kU, kM, 1000);
  counts.TrapReturned(0, 1030, kM, kS);
  EXPECT_EQ(counts.of(0).traps.at({false, 2, kU}).insns, 30u);
  // Handlers that are never left cost no memory without end.
  for (uint64_t i = 0; i < 100000; ++i) Trap(&counts, false, 2, kM, kM, i);
  for (int i = 0; i < 100; ++i) counts.TrapReturned(0, 100000, kM, kM);
  const TrapCount& nested = counts.of(0).traps.at({false, 2, kM});
  EXPECT_EQ(nested.count, 100000u);
  EXPECT_EQ(nested.returns, 64u);
  EXPECT_EQ(nested.max_insns, 64u);
}

}  // namespace
}  // namespace lockstep::stats
