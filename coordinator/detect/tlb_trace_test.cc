#include "coordinator/detect/tlb_trace.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lockstep::detect {
namespace {

using report::FillMark;
using state::Event;
using state::EventKind;

constexpr uint64_t kPermissions = 0xcf;

Event Fill(uint64_t icount, uint64_t va, uint64_t pa, uint64_t permissions = kPermissions,
           uint64_t size = 4096, uint64_t access = 0) {
  Event event;
  event.kind = EventKind::kTlbFill;
  event.n_fields = 8;
  event.icount = icount;
  event.fields = {va, pa, size, access, 0, 8, permissions, 1};
  return event;
}

Event Flush(uint64_t icount, uint64_t va = 0, uint64_t scope = 0) {
  Event event;
  event.kind = EventKind::kTlbFlush;
  event.n_fields = 3;
  event.icount = icount;
  event.fields = {va, 0, scope};
  return event;
}

std::vector<report::TlbRow> Rows(std::vector<Event> a, std::vector<Event> b, bool complete = true) {
  return TlbRows({{"A", std::move(a), complete}, {"B", std::move(b), complete}}, 100);
}

TEST(TlbRows, EqualTracesShareTheirRows) {
  const std::vector<Event> trace = {Fill(1, 0x1000, 0x8000), Flush(5), Fill(7, 0x1000, 0x8000)};
  const auto rows = Rows(trace, trace);
  ASSERT_EQ(rows.size(), 3u);
  for (const auto& row : rows) {
    EXPECT_EQ(row.mark, FillMark::kSame);
    EXPECT_EQ(row.why, "");
    EXPECT_TRUE(row.events[0] && row.events[1]);
  }
}

TEST(TlbRows, AFillMadeAgainForLackOfRoomIsBenign) {
  const auto rows =
      Rows({Fill(1, 0x1000, 0x8000), Fill(2, 0x2000, 0x9000), Fill(3, 0x1000, 0x8000)},
           {Fill(1, 0x1000, 0x8000), Fill(2, 0x2000, 0x9000)});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[2].mark, FillMark::kBenign);
  EXPECT_EQ(rows[2].why, "capacity: B holds it since icount 1");
  EXPECT_FALSE(rows[2].events[1].has_value());
}

TEST(TlbRows, AnotherPhysicalPageIsSuspect) {
  const auto rows = Rows({Fill(1, 0x1000, 0x8000)}, {Fill(1, 0x1000, 0x9000)});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].mark, FillMark::kSuspect);
  EXPECT_EQ(rows[0].why, "pa 0x8000 against 0x9000");
}

TEST(TlbRows, ADirtyBitIsSuspectOnlyAtTheSameInstruction) {
  const Event dirty = Fill(9, 0x1000, 0x8000);
  const auto later = Rows({dirty}, {Fill(3, 0x1000, 0x8000, kPermissions & ~0x80u)});
  ASSERT_EQ(later.size(), 1u);
  EXPECT_NE(later[0].mark, FillMark::kSuspect);
  const auto same = Rows({dirty}, {Fill(9, 0x1000, 0x8000, kPermissions & ~0x80u)});
  ASSERT_EQ(same.size(), 1u);
  EXPECT_EQ(same[0].mark, FillMark::kSuspect);
}

TEST(TlbRows, OtherPermissionsAreSuspect) {
  const auto rows = Rows({Fill(1, 0x1000, 0x8000)}, {Fill(1, 0x1000, 0x8000, kPermissions & ~2u)});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].mark, FillMark::kSuspect);
  EXPECT_EQ(rows[0].why, "permissions differ");
}

TEST(TlbRows, AnotherSizeIsGeometry) {
  const auto rows =
      Rows({Fill(1, 0x1000, 0x8000)}, {Fill(1, 0x1000, 0x8000, kPermissions, 2 << 20)});
  EXPECT_EQ(rows[0].mark, FillMark::kBenign);
  EXPECT_EQ(rows[0].why, "geometry: sizes differ");
}

TEST(TlbRows, AFillMissingAfterAFlushIsSuspect) {
  const auto rows = Rows({Fill(1, 0x1000, 0x8000), Flush(5), Fill(7, 0x1000, 0x9000)},
                         {Fill(1, 0x1000, 0x8000), Flush(5)});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[2].mark, FillMark::kSuspect);
  EXPECT_EQ(rows[2].why, "B has no fill after its flush at icount 5");
}

TEST(TlbRows, AFlushOfAnotherPageDoesNotCount) {
  const auto rows = Rows({Fill(1, 0x1000, 0x8000), Flush(5, 0x7000, 1), Fill(7, 0x1000, 0x8000)},
                         {Fill(1, 0x1000, 0x8000), Flush(5, 0x7000, 1)});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[2].mark, FillMark::kBenign);
}

TEST(TlbRows, AnEntryThatOutlivedAFlushOfTheOtherIsSuspect) {
  // A fences and finds a new mapping; B did not fence, and still holds the old one.
  const auto rows =
      Rows({Fill(1, 0x1000, 0x8000), Flush(5), Fill(7, 0x1000, 0x9000)}, {Fill(1, 0x1000, 0x8000)});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].mark, FillMark::kSuspect);
  EXPECT_EQ(rows[1].why, "B has no such flush");
  EXPECT_EQ(rows[2].mark, FillMark::kSuspect);
  EXPECT_EQ(rows[2].why, "B maps it to pa 0x8000 since icount 1");
}

TEST(TlbRows, AFlushThatNoFenceAskedForIsBenign) {
  const auto rows = Rows({Flush(5, 0, 4), Flush(6, 0, 5)}, {});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].mark, FillMark::kBenign);
  EXPECT_EQ(rows[1].mark, FillMark::kBenign);
}

TEST(TlbRows, AFillThatComesLaterIsBenign) {
  const auto rows = Rows({Fill(1, 0x1000, 0x8000), Fill(2, 0x2000, 0x9000)},
                         {Fill(2, 0x2000, 0x9000), Fill(9, 0x1000, 0x8000)});
  bool found = false;
  for (const auto& row : rows) {
    EXPECT_NE(row.mark, FillMark::kSuspect) << row.why;
    found = found || row.why == "B fills it at icount 9";
  }
  EXPECT_TRUE(found);
}

TEST(TlbRows, WhatOnlyOneTraceStillHoldsIsNotShown) {
  const auto rows = Rows({Fill(1, 0x1000, 0x8000), Fill(8, 0x2000, 0x9000)},
                         {Fill(8, 0x2000, 0x9000)}, /*complete=*/false);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].events[0]->icount, 8u);
}

TEST(TlbRows, OlderRowsAreLeftOut) {
  std::vector<Event> trace;
  for (uint64_t i = 0; i < 30; ++i) trace.push_back(Fill(i, i << 12, i << 12));
  const auto rows = TlbRows({{"A", trace, true}, {"B", trace, true}, {"C", trace, true}}, 7);
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(rows[0].events[2]->icount, 23u);
}

TEST(EventRows, PairsByKindAndIcount) {
  Event a;
  a.kind = EventKind::kInterrupt;
  a.icount = 10;
  a.fields[0] = 7;
  Event b = a;
  b.icount = 11;
  Event c = a;
  c.fields[0] = 5;
  const auto rows = EventRows({{"A", {a, b}, true}, {"B", {c}, true}}, 10);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].differs);
  EXPECT_TRUE(rows[0].events[1].has_value());
  EXPECT_TRUE(rows[1].differs);
  EXPECT_FALSE(rows[1].events[1].has_value());
  const auto same = EventRows({{"A", {a, b}, true}, {"B", {a, b}, true}}, 10);
  EXPECT_FALSE(same[0].differs);
  EXPECT_FALSE(same[1].differs);
}

}  // namespace
}  // namespace lockstep::detect
