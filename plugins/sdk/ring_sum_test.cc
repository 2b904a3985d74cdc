// SPDX-License-Identifier: MIT
// Sums over blocks: windows look as if each block had been told of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "plugins/sdk/lockstep_digest.h"
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
  request.sums = 1;
  return request;
}

// One instance that tells of each block, or of those at window ends only and of sums.
class Instance {
 public:
  explicit Instance(bool has_sums)
      : has_sums_(has_sums),
        pair_(Request(), WindowParams()),
        scanner_(RingScanner::Create(pair_.memory, 0, pair_.identity, {.groups = 0xf}).value()) {
    for (uint32_t n = 1; n <= kLongest; ++n) Describe(pair_.producer, n, n);
  }

  // A random execution of so many blocks, some left early, some by a trap.
  void Run(std::mt19937_64* rng, int n_blocks) {
    for (int i = 0; i < n_blocks; ++i) {
      const uint64_t left = kWindow - icount_ % kWindow;
      const uint32_t id = static_cast<uint32_t>(std::min<uint64_t>(1 + (*rng)() % kLongest, left));
      const uint64_t what = (*rng)() % 16;
      const uint32_t begun = what < 2 ? 1 + static_cast<uint32_t>((*rng)() % id) : id;
      const bool is_single = (*rng)() % 32 == 0;
      const bool tells_now = !has_sums_ || icount_ % kWindow == 0 || is_single;
      if (tells_now) {
        TellSum();
        lockstep_enter(pair_.producer, 0, id, icount_, icount_ % kWindow == 0 ? icount_ : 0);
        begin_ = icount_ + begun;
      } else {
        for (uint32_t k = 0; k < begun; ++k) {
          flow_ = flow_ * LOCKSTEP_FLOW_G + lockstep_flow_term(uint64_t{0x1000} * id + 4 * k);
        }
      }
      icount_ += begun;
      if (what != 0) continue;
      TellSum();
      const uint64_t fields[8] = {what, icount_};
      lockstep_event(pair_.producer, 0, LOCKSTEP_EV_INTERRUPT, icount_, fields, 6);
    }
  }
  void TellSum() {
    if (has_sums_) {
      lockstep_sum(pair_.producer, 0, begin_, static_cast<uint32_t>(icount_ - begin_), flow_, 0);
    }
    flow_ = 0;
    begin_ = icount_;
  }
  void End() {
    TellSum();
    struct lockstep_end end {};
    end.reason = LOCKSTEP_END_EXIT;
    end.icount = end.step = icount_;
    lockstep_end(pair_.producer, 0, &end);
  }
  state::WindowBatch Scan() {
    lockstep_flush(pair_.producer, 0);
    state::WindowBatch batch;
    EXPECT_EQ(scanner_.Scan(1u << 20, &batch), absl::OkStatus());
    return batch;
  }
  RingScanner& scanner() { return scanner_; }
  uint64_t icount() const { return icount_; }

 private:
  const bool has_sums_;
  Pair pair_;
  RingScanner scanner_;
  uint64_t icount_ = 0;
  uint64_t flow_ = 0, begin_ = 0;
};

TEST(RingSumTest, WindowsAreThoseOfTheBlocks) {
  Instance single(false), sums(true);
  Instance* const both[] = {&single, &sums};
  std::mt19937_64 pieces(3);
  uint64_t rows = 0, traps = 0;
  for (int piece = 0; piece < 400; ++piece) {
    const uint64_t seed = pieces();
    const int n_blocks = static_cast<int>(pieces() % 300);
    for (Instance* instance : both) {
      std::mt19937_64 rng(seed);
      instance->Run(&rng, n_blocks);
      // A window is complete when something has begun behind it, or the stream ends.
      instance->TellSum();
      if (piece == 399) instance->End();
    }
    ASSERT_EQ(single.icount(), sums.icount());
    const state::WindowBatch a = single.Scan(), b = sums.Scan();
    ASSERT_EQ(a.icounts, b.icounts);
    EXPECT_EQ(a.pcs, b.pcs);
    EXPECT_EQ(a.digests, b.digests);
    EXPECT_EQ(a.flow_digests, b.flow_digests);
    EXPECT_EQ(a.trap_digests, b.trap_digests);
    EXPECT_EQ(a.trap_counts, b.trap_counts);
    EXPECT_FALSE(a.sums);
    rows += b.rows();
    for (const uint32_t n : b.trap_counts) traps += n;
    if (b.rows() == 0) continue;
    EXPECT_TRUE(b.sums);
    EXPECT_TRUE(single.scanner().Detail(a.start_icount).ok());
    EXPECT_EQ(sums.scanner().Detail(a.start_icount).status().code(),
              absl::StatusCode::kFailedPrecondition);
    single.scanner().Release(rows);
    sums.scanner().Release(rows);
  }
  EXPECT_GT(rows, 5000u);
  EXPECT_GT(traps, 1000u);
  EXPECT_LT(sums.scanner().scanned(), single.scanner().scanned());
}

TEST(RingSumTest, TakesInWhatWasWritten) {
  struct lockstep_request request = Request();
  request.digest_at = LOCKSTEP_DIGEST_AT_BLOCK;
  uint64_t digests[2];
  for (const uint64_t written : {7, 8}) {
    Pair pair(request, WindowParams());
    Describe(pair.producer, 16, 16);
    lockstep_enter(pair.producer, 0, 16, 0, 0);
    lockstep_sum(pair.producer, 0, 16, 48, 99, written);
    lockstep_enter(pair.producer, 0, 16, 64, 0);
    lockstep_sum(pair.producer, 0, 80, 0, 0, 1);  // no instruction, but something written
    lockstep_flush(pair.producer, 0);
    RingScanner scanner =
        RingScanner::Create(pair.memory, 0, pair.identity, {.groups = 0xf, .block_digests = true})
            .value();
    state::WindowBatch batch;
    ASSERT_EQ(scanner.Scan(1000, &batch), absl::OkStatus());
    ASSERT_EQ(batch.rows(), 1u);
    digests[written - 7] = batch.block_digests[0];
  }
  EXPECT_EQ(digests[1] - digests[0], 1u);
}

TEST(RingSumTest, IsTakenWhereEveryBlockNeedNotBeTold) {
  const auto takes = [](struct lockstep_request request) {
    Pair pair(request, WindowParams());
    return lockstep_takes_sums(pair.producer) != 0;
  };
  EXPECT_TRUE(takes(Request()));
  struct lockstep_request request = Request();
  request.digest_at = LOCKSTEP_DIGEST_AT_BLOCK;
  EXPECT_TRUE(takes(request));
  request.digest_at = LOCKSTEP_DIGEST_AT_INSN;
  EXPECT_FALSE(takes(request));
  request = Request();
  request.sums = 0;
  EXPECT_FALSE(takes(request));
  request = Request();
  request.window_insns = 0;
  EXPECT_FALSE(takes(request));
  request = Request();
  request.step = 1;
  EXPECT_FALSE(takes(request));
  request = Request();
  request.silent_until_icount = 1;
  EXPECT_FALSE(takes(request));
}

TEST(RingSumTest, ConsoleOutputIsNotTold) {
  for (const uint32_t sums : {0, 1}) {
    struct lockstep_request request = Request();
    request.sums = sums;
    Pair pair(request, WindowParams());
    Describe(pair.producer, 16, 16);
    lockstep_enter(pair.producer, 0, 16, 0, 0);
    const uint64_t before = pair.memory.cursors(0)->written;
    lockstep_console(pair.producer, 0, 3, "text", 4);
    EXPECT_EQ(pair.memory.cursors(0)->written == before, sums == 1);
  }
}

struct BadCase {
  const char* name;
  void (*tell)(lockstep_producer*);
  const char* message;
};

const uint64_t kFields[6] = {1, 2, 3, 3, 3, 0};

const BadCase kBadCases[] = {
    {"over a window's end", [](lockstep_producer* p) { lockstep_sum(p, 0, 16, 49, 1, 0); },
     "a sum over 49 instructions from icount 16 on does not end at icount 64"},
    {"gap", [](lockstep_producer* p) { lockstep_sum(p, 0, 17, 1, 1, 0); },
     "a sum from icount 17 on does not follow the block of 16 instructions from icount 0 on"},
    {"back", [](lockstep_producer* p) { lockstep_sum(p, 0, UINT64_MAX, 1, 1, 0); },
     "does not follow the block"},
    {"twice",
     [](lockstep_producer* p) {
       lockstep_sum(p, 0, 16, 8, 1, 0);
       lockstep_sum(p, 0, 16, 8, 1, 0);
     },
     "a sum from icount 4294967312 on does not follow"},
    {"lost trap",
     [](lockstep_producer* p) {
       lockstep_event(p, 0, LOCKSTEP_EV_EXCEPTION, 3, kFields, 6);
       lockstep_sum(p, 0, 16, 8, 1, 0);
     },
     "or a trap"},
    {"block inside",
     [](lockstep_producer* p) {
       lockstep_sum(p, 0, 16, 8, 1, 0);
       lockstep_enter(p, 0, 16, 20, 0);
     },
     "block 16 begins -4 instructions after the block ahead of it"},
};

TEST(RingSumTest, BrokenInvariantsAreErrors) {
  for (const BadCase& bad : kBadCases) {
    SCOPED_TRACE(bad.name);
    Pair pair(Request(), WindowParams());
    Describe(pair.producer, 16, 16);
    lockstep_enter(pair.producer, 0, 16, 0, 0);
    bad.tell(pair.producer);
    lockstep_flush(pair.producer, 0);
    RingScanner scanner = RingScanner::Create(pair.memory, 0, pair.identity, {}).value();
    state::WindowBatch batch;
    const absl::Status status = scanner.Scan(1000, &batch);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
  }
}

// As a producer that does what it was not asked for.
void WriteSum(Pair* pair, uint64_t position) {
  lockstep_slot* const slots = pair->memory.slots(0);
  slots[position] = {LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_SUM << 16, sizeof(lockstep_sum_wire), 5};
  slots[position + 1] = {0, 1, 0};
  pair->memory.cursors(0)->published = pair->memory.cursors(0)->written = position + 2;
}

TEST(RingSumTest, StandsBehindABlock) {
  Pair pair(Request(), WindowParams());
  WriteSum(&pair, 0);
  RingScanner scanner = RingScanner::Create(pair.memory, 0, pair.identity, {}).value();
  state::WindowBatch batch;
  EXPECT_THAT(std::string(scanner.Scan(1000, &batch).message()), HasSubstr("behind no block"));
}

TEST(RingSumTest, IsAnErrorWhereEveryBlockIsWanted) {
  struct lockstep_request request = Request();
  request.sums = 0;
  for (const bool fills : {false, true}) {
    Pair pair(fills ? Request() : request, WindowParams());
    WriteSum(&pair, 0);
    RingScanner scanner =
        RingScanner::Create(pair.memory, 0, pair.identity, {.fills = fills}).value();
    state::WindowBatch batch;
    EXPECT_THAT(std::string(scanner.Scan(1000, &batch).message()),
                HasSubstr("a sum where every block is wanted"));
  }
  Pair pair(request, WindowParams());
  WriteSum(&pair, 0);
  RingReader reader = pair.Reader();
  EXPECT_THAT(std::string(reader.Drain(1000).status().message()),
              HasSubstr("a sum where every block is wanted"));
}

}  // namespace
}  // namespace lockstep::ring
