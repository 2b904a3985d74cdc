// SPDX-License-Identifier: MIT
#include "plugins/sdk/ring_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "plugins/sdk/ring_detail.h"
#include "plugins/sdk/ring_test_util.h"
#include "plugins/sdk/window_digest.h"

namespace lockstep::ring {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kWindow = 16;

RingScanner ScannerOf(const Pair& pair,
                      ScannerOptions options = {.groups = 0xf, .block_digests = true}) {
  return RingScanner::Create(pair.memory, 0, pair.identity, options).value();
}

state::WindowBatch ScanAll(RingScanner& scanner) {
  state::WindowBatch batch;
  EXPECT_EQ(scanner.Scan(1u << 20, &batch), absl::OkStatus());
  return batch;
}

// The definition, instruction by instruction.
uint64_t FlowOf(const std::vector<uint64_t>& pcs) {
  uint64_t flow = 0;
  for (uint64_t pc : pcs) flow = flow * kFlowG + FlowTerm(pc);
  return flow;
}

std::vector<uint64_t> Pcs(uint64_t base, uint32_t n) {
  std::vector<uint64_t> pcs;
  for (uint32_t i = 0; i < n; ++i) pcs.push_back(base + 4 * i);
  return pcs;
}

void EndAt(lockstep_producer* p, uint64_t icount) {
  struct lockstep_end end {};
  end.reason = LOCKSTEP_END_EXIT;
  end.icount = end.step = icount;
  end.digests[0] = 77;
  lockstep_end(p, 0, &end);
}

TEST(RingScannerTest, ARowSaysWhatHappenedInTheWindow) {
  Pair pair(WantWindows(kWindow), WindowParams());
  Describe(pair.producer, 1, 16);
  Describe(pair.producer, 2, 10);
  lockstep_set_group(pair.producer, 0, LOCKSTEP_MEM, 40);
  lockstep_enter(pair.producer, 0, 1, 0, 100);  // cut short after 6
  lockstep_enter(pair.producer, 0, 2, 6, 101);  // whole: up to 16
  lockstep_set_group(pair.producer, 0, LOCKSTEP_MEM, 41);
  lockstep_set_step_base(pair.producer, 0, 1000);
  lockstep_enter(pair.producer, 0, 1, 16, 102);  // interrupted before it began
  const uint64_t fields[6] = {7, 0x1000, 0, 3, 3, 0x2000};
  lockstep_event(pair.producer, 0, LOCKSTEP_EV_INTERRUPT, 16, fields, 6);
  lockstep_enter(pair.producer, 0, 2, 16, 103);
  lockstep_flush(pair.producer, 0);
  RingScanner scanner = ScannerOf(pair);
  // No instruction has begun at the boundary yet.
  EXPECT_EQ(ScanAll(scanner).rows(), 0u);
  lockstep_enter(pair.producer, 0, 1, 20, 104);
  EndAt(pair.producer, 23);
  const state::WindowBatch batch = ScanAll(scanner);
  ASSERT_EQ(batch.rows(), 2u);
  EXPECT_EQ(batch.first_window, 0u);
  EXPECT_EQ(batch.start_icount, 0u);
  EXPECT_EQ(batch.start_digests, (state::Digests{100, 0, 0, 40}));
  EXPECT_EQ(batch.icounts, (std::vector<uint64_t>{16, 23}));
  EXPECT_EQ(batch.steps, (std::vector<uint64_t>{1016, 23}));
  EXPECT_EQ(batch.pcs, (std::vector<uint64_t>{0x2000, 0}));
  EXPECT_EQ(batch.digests[0], (state::Digests{103, 0, 0, 41}));
  EXPECT_EQ(batch.digests[1], (state::Digests{77, 0, 0, 0}));
  std::vector<uint64_t> pcs = Pcs(0x1000, 6);
  for (uint64_t pc : Pcs(0x2000, 10)) pcs.push_back(pc);
  EXPECT_EQ(batch.flow_digests[0], FlowOf(pcs));
  pcs = Pcs(0x2000, 4);
  for (uint64_t pc : Pcs(0x1000, 3)) pcs.push_back(pc);
  EXPECT_EQ(batch.flow_digests[1], FlowOf(pcs));
  EXPECT_EQ(batch.trap_counts, (std::vector<uint32_t>{1, 0}));
  EXPECT_NE(batch.trap_digests[0], 0u);
  EXPECT_EQ(batch.trap_digests[1], 0u);
  EXPECT_EQ(batch.block_counts, (std::vector<uint32_t>{2, 2}));
  ASSERT_TRUE(batch.end.has_value());
  EXPECT_EQ(batch.infos, 2u);
  EXPECT_EQ(batch.records, scanner.scanned());
  EXPECT_TRUE(scanner.ended());
  EXPECT_TRUE(scanner.exhausted());
}

TEST(RingScannerTest, NothingIsFreedBeforeItIsAgreedOn) {
  Pair pair(WantWindows(kWindow), WindowParams());
  Describe(pair.producer, 1, 16);
  for (uint64_t c = 0; c < 5 * 16; c += 16) lockstep_enter(pair.producer, 0, 1, c, c);
  lockstep_flush(pair.producer, 0);
  RingScanner scanner = ScannerOf(pair);
  EXPECT_EQ(ScanAll(scanner).rows(), 3u);  // the fourth ends where nothing has begun
  EXPECT_EQ(pair.memory.cursors(0)->consumed, 0u);
  EXPECT_TRUE(scanner.Detail(0).ok());
  scanner.Release(2);
  EXPECT_EQ(pair.memory.cursors(0)->consumed, scanner.released());
  EXPECT_EQ(scanner.scanned() - scanner.released(), 3u);  // blocks at 32, 48, 64
  EXPECT_EQ(scanner.Detail(16).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(scanner.Detail(32).ok());
  scanner.Release(1);    // does not fall
  scanner.Release(900);  // all that are complete: the last one is not
  EXPECT_TRUE(scanner.Detail(48).ok());
  EXPECT_EQ(scanner.Detail(32).status().code(), absl::StatusCode::kNotFound);
}

TEST(RingScannerTest, DetailDescribesBlocksAsTheyWereThen) {
  Pair pair(WantWindows(kWindow), WindowParams());
  const char* names[] = {"pc:pc"};
  lockstep_register_names(pair.producer, 0, names, 1);
  Describe(pair.producer, 1, 16);
  Describe(pair.producer, 3, 8);
  lockstep_set_group(pair.producer, 0, LOCKSTEP_CSR, 5);
  lockstep_enter(pair.producer, 0, 1, 0, 0);
  lockstep_enter(pair.producer, 0, 1, 16, 1);
  // Block 1 is described anew while it runs.
  Describe(pair.producer, 1, 16);
  const uint64_t value = 99;
  lockstep_registers(pair.producer, 0, 24, &value, 1);
  lockstep_enter(pair.producer, 0, 3, 24, 2);
  lockstep_enter(pair.producer, 0, 1, 32, 3);
  lockstep_enter(pair.producer, 0, 3, 40, 4);
  lockstep_flush(pair.producer, 0);
  RingScanner scanner = ScannerOf(pair);
  EXPECT_EQ(ScanAll(scanner).rows(), 2u);
  scanner.Release(1);
  RingDetail detail = scanner.Detail(16).value();
  state::Batch batch;
  ASSERT_EQ(detail.Drain(&batch), absl::OkStatus());
  EXPECT_EQ(batch.sequence, 0u);
  EXPECT_EQ(batch.first_icount, 16u);
  EXPECT_EQ(batch.block_ids, (std::vector<uint32_t>{1, 3, 1}));
  EXPECT_EQ(batch.icount_offsets, (std::vector<uint32_t>{0, 8, 16}));
  EXPECT_EQ(batch.gpr_digests, (std::vector<uint64_t>{1, 2, 3}));
  ASSERT_EQ(batch.infos.size(), 3u);  // the old block 1, the new one, block 3
  EXPECT_EQ(batch.infos[0].value.id, 1u);
  EXPECT_EQ(batch.infos[0].before, 0u);
  EXPECT_EQ(batch.infos[1].value.id, 1u);
  EXPECT_EQ(batch.infos[1].before, 1u);
  EXPECT_EQ(batch.infos[2].value.id, 3u);
  EXPECT_EQ(batch.infos[2].value.code.size(), 32u);
  ASSERT_EQ(batch.group_updates.size(), 1u);
  EXPECT_EQ(batch.group_updates[0].before, 0u);
  EXPECT_EQ(batch.group_updates[0].value.digest, 5u);
  ASSERT_EQ(batch.registers.size(), 1u);
  EXPECT_EQ(batch.registers[0].value.values[0], 99u);
  EXPECT_EQ(batch.register_names.size(), 1u);
  ASSERT_EQ(detail.Drain(&batch), absl::OkStatus());
  EXPECT_EQ(batch.records, 0u);
}

// Windows far larger than the ring: every instruction a block, with all digests.
TEST(RingScannerTest, AWindowLargerThanTheRingIsCompleted) {
  constexpr uint32_t kLarge = 8192;
  Pair pair(WantWindows(kLarge), WindowParams());  // 8192 slots
  constexpr uint64_t kInsns = 3 * kLarge + 100;
  std::thread producer([&] {
    Describe(pair.producer, 1, 1);
    for (uint64_t c = 0; c < kInsns; ++c) {
      for (int g = 1; g < LOCKSTEP_GROUPS; ++g) {
        lockstep_set_group(pair.producer, 0, static_cast<lockstep_group>(g), c + 1);
      }
      lockstep_enter(pair.producer, 0, 1, c, c);
    }
    EndAt(pair.producer, kInsns);
  });
  RingScanner scanner = ScannerOf(pair);
  uint64_t rows = 0;
  size_t most = 0;
  while (!scanner.ended()) {
    state::WindowBatch batch;
    ASSERT_EQ(scanner.Scan(3000, &batch), absl::OkStatus());
    rows += batch.rows();
    most = std::max<size_t>(most, scanner.side_slots());
    if (batch.rows() != 0 && rows == 2) {
      // What was put aside is still there.
      RingDetail detail = scanner.Detail(kLarge).value();
      state::Batch dense;
      uint64_t blocks = 0;
      do {
        ASSERT_EQ(detail.Drain(&dense), absl::OkStatus());
        blocks += dense.block_ids.size();
        if (!dense.gpr_digests.empty()) {
          EXPECT_EQ(dense.gpr_digests[0], dense.first_icount);
        }
      } while (dense.records != 0);
      EXPECT_EQ(blocks, kLarge + 1);
    }
    scanner.Release(rows);
    const RingScanner* scanners[] = {&scanner};
    WaitForScanners(pair.memory, scanners, absl::Milliseconds(100), 64);
  }
  producer.join();
  EXPECT_EQ(rows, 4u);
  EXPECT_GT(most, 4 * kLarge / 2);
  EXPECT_LT(most, 4 * kLarge + 8192);
  EXPECT_EQ(scanner.side_slots(), 0u);
}

TEST(RingScannerTest, AWindowThatIsTooLongIsAnError) {
  Pair pair(WantWindows(1u << 20), WindowParams());
  RingScanner scanner =
      ScannerOf(pair, {.groups = 0xf, .block_digests = true, .max_side_slots = 10000});
  Describe(pair.producer, 1, 1);
  absl::Status status;
  uint64_t c = 0;
  state::WindowBatch batch;
  for (; status.ok() && c < 100000; ++c) {
    lockstep_enter(pair.producer, 0, 1, c, c);
    if (c % 1000 == 0) status = scanner.Scan(8192, &batch);
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("more than 10000 slots"));
  EXPECT_LT(c, 20000u);
  EXPECT_EQ(scanner.Scan(8192, &batch), status);
}

TEST(RingScannerTest, StopsAtMaxWindows) {
  Pair pair(WantWindows(kWindow), WindowParams());
  RingScanner scanner = ScannerOf(pair, {.groups = 0xf, .max_windows = 2});
  Describe(pair.producer, 1, 16);
  for (uint64_t c = 0; c < 10 * 16; c += 16) lockstep_enter(pair.producer, 0, 1, c, c);
  lockstep_flush(pair.producer, 0);
  EXPECT_EQ(ScanAll(scanner).rows(), 2u);
  EXPECT_TRUE(scanner.out_of_credit());
  EXPECT_EQ(ScanAll(scanner).rows(), 0u);
  scanner.Release(1);
  const state::WindowBatch batch = ScanAll(scanner);
  EXPECT_EQ(batch.rows(), 1u);
  EXPECT_EQ(batch.first_window, 2u);
  EXPECT_EQ(batch.start_icount, 32u);
}

TEST(RingScannerTest, ADiscardedRingIsEmptied) {
  Pair pair(WantWindows(kWindow), WindowParams());
  RingScanner scanner = ScannerOf(pair);
  Describe(pair.producer, 1, 16);
  scanner.Discard();
  for (uint64_t c = 0; c < 100000 * 16; c += 16) {
    lockstep_enter(pair.producer, 0, 1, c, c);
    if (c % 4096 == 0) {
      EXPECT_EQ(ScanAll(scanner).rows(), 0u);
    }
  }
  EndAt(pair.producer, 100000 * 16);
  ScanAll(scanner);
  EXPECT_TRUE(scanner.ended());
  EXPECT_EQ(pair.memory.cursors(0)->consumed, pair.memory.cursors(0)->published);
}

TEST(RingScannerTest, LacksAnAbility) {
  struct lockstep_open_params params = AllParams();
  Pair pair(WantWindows(kWindow), params);
  const auto scanner = RingScanner::Create(pair.memory, 0, pair.identity, {});
  EXPECT_EQ(scanner.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(scanner.status().message()), HasSubstr("WINDOWS"));
}

struct BadCase {
  const char* name;
  void (*write)(lockstep_producer*);
  const char* message;
};

const uint64_t kFields[6] = {1, 2, 3, 3, 3, 0};

const BadCase kBadCases[] = {
    {"crosses a window", [](lockstep_producer* p) { lockstep_enter(p, 0, 1, 17, 0); },
     "goes past icount 16, where a window ends"},
    {"gap", [](lockstep_producer* p) { lockstep_enter(p, 0, 1, 40, 0); },
     "begins 40 instructions after the block ahead of it, which has 20"},
    {"back", [](lockstep_producer* p) { lockstep_enter(p, 0, 1, -1ull, 0); }, "begins -1"},
    {"unknown", [](lockstep_producer* p) { lockstep_enter(p, 0, 9, 3, 0); }, "never described"},
    {"unknown far", [](lockstep_producer* p) { lockstep_enter(p, 0, 0x7fffffff, 3, 0); },
     "never described"},
    {"lost trap",
     [](lockstep_producer* p) {
       lockstep_event(p, 0, LOCKSTEP_EV_EXCEPTION, 3, kFields, 6);
       lockstep_enter(p, 0, 1, 4, 0);
     },
     "a trap at icount 3 stands before a block at icount 4"},
    {"event outside",
     [](lockstep_producer* p) { lockstep_event(p, 0, LOCKSTEP_EV_EXCEPTION, 30, kFields, 6); },
     "an event at icount 30 lies outside"},
    {"end outside", [](lockstep_producer* p) { EndAt(p, 21); }, "the end at icount 21"},
    {"end crosses a window", [](lockstep_producer* p) { EndAt(p, 20); }, "goes past icount 16"},
};

TEST(RingScannerTest, BrokenInvariantsAreErrors) {
  for (const BadCase& bad : kBadCases) {
    SCOPED_TRACE(bad.name);
    Pair pair(WantWindows(kWindow), WindowParams());
    Describe(pair.producer, 1, 20);
    lockstep_enter(pair.producer, 0, 1, 0, 0);
    bad.write(pair.producer);
    lockstep_flush(pair.producer, 0);
    RingScanner scanner = ScannerOf(pair);
    state::WindowBatch batch;
    const absl::Status status = scanner.Scan(1000, &batch);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
    EXPECT_TRUE(scanner.exhausted());
  }
}

TEST(RingScannerTest, WhatStoodBeforeAFaultComesFirst) {
  Pair pair(WantWindows(kWindow), WindowParams());
  Describe(pair.producer, 1, 16);
  for (uint64_t c = 0; c <= 32; c += 16) lockstep_enter(pair.producer, 0, 1, c, c);
  lockstep_enter(pair.producer, 0, 5, 40, 0);
  lockstep_flush(pair.producer, 0);
  RingScanner scanner = ScannerOf(pair);
  EXPECT_EQ(ScanAll(scanner).rows(), 1u);
  state::WindowBatch batch;
  EXPECT_FALSE(scanner.Scan(1000, &batch).ok());
  // The window that is not complete can be had all the same.
  EXPECT_TRUE(scanner.Detail(16).ok());
}

// Bytes at random: an error or not, never a crash, and details that RingReader would accept.
TEST(RingScannerTest, GarbageNeverCrashes) {
  std::mt19937_64 rng(7);
  Pair pair(WantWindows(kWindow), WindowParams());
  uint64_t errors = 0;
  for (int round = 0; round < 20000; ++round) {
    lockstep_slot* slots = pair.memory.slots(0);
    uint64_t at = 0;
    const auto put = [&](uint32_t type, uint32_t argument, uint64_t value, std::string payload) {
      slots[at++] = {LOCKSTEP_CONTROL_BIT | type << 16 | argument,
                     static_cast<uint32_t>(payload.size()), value};
      payload.resize((payload.size() + 15) / 16 * 16);
      memcpy(static_cast<void*>(slots + at), payload.data(), payload.size());
      at += payload.size() / 16;
    };
    uint32_t icount = 0;
    for (int i = 0; i < 40; ++i) {
      switch (rng() % 12) {
        case 0: {
          const uint32_t n = 1 + rng() % 9;
          lockstep_block_info_wire wire = {0x1000, 3, n, 0};
          std::string payload(reinterpret_cast<char*>(&wire), sizeof(wire));
          for (uint16_t k = 0; k < n; ++k) {
            const uint16_t offset = k * 2;
            payload.append(reinterpret_cast<const char*>(&offset), 2);
          }
          if (rng() % 16 == 0) payload[rng() % payload.size()] ^= 1 << rng() % 8;
          put(LOCKSTEP_REC_BLOCK_INFO, 0, rng() % 4, payload);
          break;
        }
        case 1:
          put(rng() % 10, rng() % 4, icount, std::string(rng() % 64, static_cast<char>(rng())));
          break;
        case 2:
          put(LOCKSTEP_REC_GROUP, 1 + rng() % 3, rng(), "");
          break;
        case 3:
          put(LOCKSTEP_REC_EVENT, 1 + rng() % 2, icount, std::string(48, static_cast<char>(i)));
          break;
        default:
          icount = std::min<uint32_t>(icount + rng() % 3, (icount / kWindow + 1) * kWindow);
          slots[at++] = {static_cast<uint32_t>(rng() % 4), icount, rng()};
      }
    }
    if (rng() % 4 == 0) slots[rng() % at].word0 ^= 1u << rng() % 32;
    if (rng() % 4 == 0) slots[rng() % at].word1 ^= 1u << rng() % 32;
    pair.memory.cursors(0)->published = pair.memory.cursors(0)->written = at;
    pair.memory.cursors(0)->consumed = 0;
    RingScanner scanner = ScannerOf(pair, {.groups = 0x9, .block_digests = true, .fills = true});
    scanner.set_producer_dead();
    state::WindowBatch batch;
    absl::Status status;
    std::vector<uint64_t> starts;
    for (int scans = 0; status.ok() && !scanner.exhausted() && scans < 100; ++scans) {
      status = scanner.Scan(1 + rng() % 20, &batch);
      ASSERT_EQ(batch.icounts.size(), batch.flow_digests.size());
      if (batch.rows() != 0) starts.push_back(batch.start_icount);
    }
    errors += !status.ok();
    for (uint64_t start : starts) {
      auto detail = scanner.Detail(start);
      ASSERT_TRUE(detail.ok());
      state::Batch dense;
      uint64_t last = start;
      do {
        // A register record is checked by RingReader only.
        if (!detail->Drain(&dense).ok()) break;
        for (uint32_t offset : dense.icount_offsets) {
          ASSERT_GE(dense.first_icount + offset, last);
          last = dense.first_icount + offset;
        }
      } while (dense.records != 0);
    }
  }
  EXPECT_GT(errors, 1000u);
  EXPECT_LT(errors, 20000u);
}

}  // namespace
}  // namespace lockstep::ring
