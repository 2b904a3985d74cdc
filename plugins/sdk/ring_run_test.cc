// SPDX-License-Identifier: MIT
// Runs of blocks: whoever reads them sees what single records would have said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/ring_detail.h"
#include "plugins/sdk/ring_scanner.h"
#include "plugins/sdk/ring_test_util.h"

namespace lockstep::ring {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kWindow = 64;
constexpr uint32_t kLongest = 20;  // block n has n instructions

struct lockstep_request Request() {
  struct lockstep_request request = WantWindows(kWindow);
  request.digest_at = LOCKSTEP_DIGEST_AT_WINDOW;
  return request;
}

// Tells of blocks, in runs or one by one.
class Teller {
 public:
  Teller(lockstep_producer* p, bool has_runs) : p_(p), run_at_(lockstep_run_at(p, 0)) {
    EXPECT_NE(run_at_, nullptr);
    if (!has_runs) run_at_ = nullptr;
    for (uint32_t n = 1; n <= kLongest; ++n) Describe(p, n, n);
  }
  // The next block, when `begun` instructions of the one before have begun.
  void Tell(uint32_t id, uint32_t begun) {
    icount_ += begun;
    const bool is_boundary = icount_ % kWindow == 0;
    if (run_at_ == nullptr || is_boundary || begun != insns_ || left_ == 0) {
      lockstep_enter(p_, 0, id, icount_, is_boundary ? icount_ : 0);
      if (run_at_ != nullptr) left_ = lockstep_open_run(p_, 0, icount_, 100);
    } else {
      Append(id);
      --left_;
    }
    insns_ = id;
  }
  void Append(uint32_t id) {
    *reinterpret_cast<uint32_t*>(*run_at_) = id;
    *run_at_ += sizeof(uint32_t);
  }
  // A random execution of so many blocks, with what may stand between them.
  void Run(std::mt19937_64* rng, int n_blocks) {
    for (int i = 0; i < n_blocks; ++i) {
      const uint64_t what = (*rng)() % 16;
      uint32_t begun = insns_;
      const uint64_t fields[8] = {what, icount_};
      if (what == 0 && insns_ > 1) {
        begun = 1 + static_cast<uint32_t>((*rng)() % (insns_ - 1));
        lockstep_event(p_, 0, LOCKSTEP_EV_INTERRUPT, icount_ + begun, fields, 6);
      } else if (what == 1) {
        lockstep_event(p_, 0, LOCKSTEP_EV_TLB_FILL, icount_, fields, 8);
      } else if (what == 2) {
        lockstep_console(p_, 0, icount_, "text", 4);
      }
      const uint64_t left = kWindow - (icount_ + begun) % kWindow;
      const uint32_t next = 1 + static_cast<uint32_t>((*rng)() % kLongest);
      Tell(static_cast<uint32_t>(std::min<uint64_t>(next, left)), begun);
    }
  }
  void End() {
    struct lockstep_end end {};
    end.reason = LOCKSTEP_END_EXIT;
    end.icount = end.step = icount_ + insns_;
    lockstep_end(p_, 0, &end);
  }
  uint64_t icount() const { return icount_; }

 private:
  lockstep_producer* p_;
  uint64_t* run_at_;
  uint32_t left_ = 0;
  uint64_t icount_ = 0;
  uint32_t insns_ = 0;
};

// What a window's details say.
struct Details {
  std::vector<std::pair<uint32_t, uint64_t>> blocks;
  std::vector<std::pair<size_t, uint64_t>> events, consoles;  // with the blocks before them
  friend bool operator==(const Details&, const Details&) = default;
};

Details DetailsOf(const RingScanner& scanner, uint64_t first_icount) {
  Details details;
  RingDetail detail = scanner.Detail(first_icount).value();
  state::Batch batch;
  while (true) {
    EXPECT_EQ(detail.Drain(&batch), absl::OkStatus());
    if (batch.records == 0) return details;
    const size_t before = details.blocks.size();
    for (const auto& event : batch.events) {
      details.events.emplace_back(before + event.before, event.value.icount);
    }
    for (const auto& console : batch.console) {
      details.consoles.emplace_back(before + console.before, console.value.icount);
    }
    for (size_t i = 0; i < batch.block_ids.size(); ++i) {
      details.blocks.emplace_back(batch.block_ids[i], batch.first_icount + batch.icount_offsets[i]);
    }
  }
}

struct Instance {
  Instance(bool has_runs, bool fills)
      : pair(Request(), WindowParams()),
        teller(pair.producer, has_runs),
        scanner(RingScanner::Create(pair.memory, 0, pair.identity, {.groups = 0xf, .fills = fills})
                    .value()) {}
  Pair pair;
  Teller teller;
  RingScanner scanner;
};

TEST(RingRunTest, SaysWhatSingleRecordsSay) {
  for (const bool fills : {false, true}) {
    Instance single(false, fills), run(true, fills);
    Instance* const both[] = {&single, &run};
    std::mt19937_64 pieces(3);
    uint64_t rows = 0, slots[2];
    for (int piece = 0; piece < 400; ++piece) {
      const uint64_t seed = pieces();
      const int n_blocks = static_cast<int>(pieces() % 300);
      state::WindowBatch batches[2];
      for (int i = 0; i < 2; ++i) {
        std::mt19937_64 rng(seed);
        both[i]->teller.Run(&rng, n_blocks);
        if (piece == 399) both[i]->teller.End();
        lockstep_flush(both[i]->pair.producer, 0);
        ASSERT_EQ(both[i]->scanner.Scan(1u << 20, &batches[i]), absl::OkStatus());
        slots[i] = both[i]->scanner.scanned();
      }
      // The last block of a run waits for nothing.
      ASSERT_EQ(single.scanner.last_icount(), run.scanner.last_icount());
      const state::WindowBatch &a = batches[0], &b = batches[1];
      ASSERT_EQ(a.icounts, b.icounts);
      EXPECT_EQ(a.pcs, b.pcs);
      EXPECT_EQ(a.digests, b.digests);
      EXPECT_EQ(a.flow_digests, b.flow_digests);
      EXPECT_EQ(a.trap_digests, b.trap_digests);
      EXPECT_EQ(a.trap_counts, b.trap_counts);
      EXPECT_EQ(a.block_digests, b.block_digests);
      EXPECT_EQ(a.block_counts, b.block_counts);
      if (a.rows() != 0) {
        EXPECT_EQ(DetailsOf(single.scanner, a.start_icount),
                  DetailsOf(run.scanner, a.start_icount));
      }
      if (piece != 399) {
        const uint64_t open = single.teller.icount() / kWindow * kWindow;
        const auto expected = single.scanner.Detail(open);
        ASSERT_EQ(expected.ok(), run.scanner.Detail(open).ok());
        if (expected.ok()) {
          EXPECT_EQ(DetailsOf(single.scanner, open), DetailsOf(run.scanner, open));
        }
      }
      if (HasFailure()) return;
      rows += a.rows();
      for (Instance* instance : both) instance->scanner.Release(rows);
    }
    EXPECT_TRUE(single.scanner.ended() && run.scanner.ended());
    EXPECT_GT(rows, 3000u);
    EXPECT_GT(slots[1], 2 * LOCKSTEP_MIN_RING_SLOTS) << "runs that go over the ring's end";
    EXPECT_LT(slots[1], slots[0]);
  }
}

TEST(RingRunTest, WhatACrashLeavesIsRead) {
  for (const uint32_t told : {0u, 1u, 5u}) {
    Instance dead(true, false);
    dead.teller.Tell(2, 0);
    for (uint32_t i = 0; i < told; ++i) dead.teller.Tell(3, i == 0 ? 2 : 3);
    dead.scanner.set_producer_dead();
    state::WindowBatch batch;
    ASSERT_EQ(dead.scanner.Scan(1000, &batch), absl::OkStatus());
    EXPECT_EQ(dead.scanner.last_icount(), dead.teller.icount());
    EXPECT_TRUE(dead.scanner.exhausted());
    EXPECT_EQ(DetailsOf(dead.scanner, 0).blocks.size(), 1 + told);
  }
}

// What a producer claims to have written in its run when it died is not believed.
TEST(RingRunTest, ARunThatIsTooLongIsNotRead) {
  Instance dead(true, false);
  dead.teller.Tell(2, 0);
  dead.pair.memory.cursors(0)->run_at += uint64_t{1} << 40;
  dead.scanner.set_producer_dead();
  state::WindowBatch batch;
  EXPECT_EQ(dead.scanner.Scan(1000, &batch), absl::OkStatus());
  EXPECT_TRUE(dead.scanner.exhausted());
}

TEST(RingRunTest, NothingIsToldWhileSilent) {
  struct lockstep_request request = Request();
  request.silent_until_icount = 2 * kWindow;
  Pair pair(request, WindowParams());
  uint64_t* const run_at = lockstep_run_at(pair.producer, 0);
  Describe(pair.producer, 1, 1);
  for (uint64_t icount = 0; icount < 3 * kWindow;) {
    lockstep_enter(pair.producer, 0, 1, icount, 0);
    const uint32_t wanted = icount == 176 ? 16 : 48;
    const uint32_t room = lockstep_open_run(pair.producer, 0, icount, wanted);
    EXPECT_EQ(room, icount == 96 ? 32u : wanted);
    icount += room;
    for (uint32_t i = 1; i < room; ++i) {
      *reinterpret_cast<uint32_t*>(*run_at) = 1;
      *run_at += sizeof(uint32_t);
    }
    if (icount == 48 || icount == 176) lockstep_console(pair.producer, 0, icount, "x", 1);
  }
  lockstep_flush(pair.producer, 0);
  RingScanner scanner = RingScanner::Create(pair.memory, 0, pair.identity, {.groups = 0xf}).value();
  state::WindowBatch batch;
  ASSERT_EQ(scanner.Scan(1000, &batch), absl::OkStatus());
  EXPECT_EQ(scanner.last_icount(), 3 * kWindow - 1);
  const Details details = DetailsOf(scanner, 2 * kWindow);
  EXPECT_EQ(details.blocks.front(), (std::pair<uint32_t, uint64_t>{1, 2 * kWindow}));
}

TEST(RingRunTest, OnlyWhereDigestsAreWantedAtWindowEnds) {
  struct lockstep_request request = Request();
  request.digest_at = LOCKSTEP_DIGEST_AT_BLOCK;
  Pair pair(request, WindowParams());
  EXPECT_EQ(lockstep_run_at(pair.producer, 0), nullptr);
}

struct BadCase {
  const char* name;
  void (*tell)(Teller*);
  ScannerOptions options;
  const char* message;
};

const BadCase kBadCases[] = {
    {"over a window's end",
     [](Teller* teller) {
       teller->Tell(20, 0);
       for (int i = 0; i < 4; ++i) teller->Append(20);
     },
     {},
     "goes past icount 64, where a window ends"},
    {"at a window's end",
     [](Teller* teller) {
       teller->Tell(16, 0);
       for (int i = 0; i < 4; ++i) teller->Append(16);
     },
     {},
     "holds one at icount 64"},
    {"never described",
     [](Teller* teller) {
       teller->Tell(16, 0);
       teller->Append(99);
     },
     {},
     "block 99 was never described"},
    {"no digests",
     [](Teller* teller) {
       teller->Tell(1, 0);
       teller->Append(1);
     },
     {.groups = 1, .block_digests = true},
     "where digests are wanted with every block"},
};

TEST(RingRunTest, BrokenInvariantsAreErrors) {
  for (const BadCase& bad : kBadCases) {
    SCOPED_TRACE(bad.name);
    Pair pair(Request(), WindowParams());
    Teller teller(pair.producer, true);
    bad.tell(&teller);
    lockstep_flush(pair.producer, 0);
    RingScanner scanner = RingScanner::Create(pair.memory, 0, pair.identity, bad.options).value();
    state::WindowBatch batch;
    const absl::Status status = scanner.Scan(1000, &batch);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
  }
}

TEST(RingRunTest, StandsBehindABlock) {
  Pair pair(Request(), WindowParams());
  lockstep_slot* const slots = pair.memory.slots(0);
  slots[0] = {LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_RUN << 16, 4, 0};
  slots[1] = {1, 0, 0};
  pair.memory.cursors(0)->published = pair.memory.cursors(0)->written = 2;
  RingScanner scanner = RingScanner::Create(pair.memory, 0, pair.identity, {}).value();
  state::WindowBatch batch;
  EXPECT_THAT(std::string(scanner.Scan(1000, &batch).message()), HasSubstr("behind no block"));
  RingReader reader = pair.Reader();
  EXPECT_THAT(std::string(reader.Drain(1000).status().message()), HasSubstr("a run of blocks"));
}

}  // namespace
}  // namespace lockstep::ring
