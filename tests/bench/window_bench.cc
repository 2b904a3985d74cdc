// Speed of sparse mode's agent: block records that a RingScanner sums up per second on one core, on
// a ring that is full beforehand. Beside it a plain memory copy of the same bytes.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "emulator/base/check.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_detail.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_scanner.h"

namespace lockstep {
namespace {

constexpr uint64_t kRingSlots = uint64_t{1} << 20;
constexpr uint32_t kWindowInsns = 65536;
constexpr uint32_t kGroups = 0xf;

// A ring full of blocks of 1 to 15 instructions.
class FullRing {
 public:
  explicit FullRing(uint32_t n_blocks, bool block_digests) {
    struct lockstep_request request {};
    request.stop_at_icount = UINT64_MAX;
    request.groups = kGroups;
    request.digest_at = block_digests ? LOCKSTEP_DIGEST_AT_BLOCK : LOCKSTEP_DIGEST_AT_WINDOW;
    request.window_insns = kWindowInsns;
    memory_ = std::make_unique<ring::RingMemory>(
        ring::RingMemory::Create(1, kRingSlots, request).value());
    Fill(n_blocks);
    lockstep_control* control = memory_->control();
    strcpy(control->producer, "bench 1.0");
    strcpy(control->guest_arch, "toy");
    control->vcpus = 1;
    control->groups = kGroups;
    control->abilities = LOCKSTEP_ABILITY_LAYOUT | LOCKSTEP_ABILITY_WINDOWS;
    control->state = LOCKSTEP_OPENED;
    memory_->cursors(0)->written = memory_->cursors(0)->published = at_;
    options_.groups = kGroups;
    options_.block_digests = block_digests;
  }

  ring::RingScanner Scanner() {
    memory_->cursors(0)->consumed = 0;
    return ring::RingScanner::Create(*memory_, 0, memory_->Identity().value(), options_).value();
  }
  uint64_t blocks() const { return blocks_; }
  uint64_t slots() const { return at_; }
  const ring::RingMemory& memory() const { return *memory_; }

 private:
  void Slot(uint32_t word0, uint32_t word1, uint64_t value) {
    memory_->slots(0)[at_++] = {word0, word1, value};
  }

  void Fill(uint32_t n_blocks) {
    std::mt19937 rng(1);
    std::vector<uint32_t> insns(n_blocks);
    for (uint32_t id = 0; id < n_blocks; ++id) {
      insns[id] = 1 + rng() % 15;
      lockstep_block_info_wire wire = {0x80000000 + 64 * uint64_t{id}, 3, insns[id], 0};
      std::vector<uint8_t> payload(sizeof(wire) + 2 * insns[id]);
      memcpy(payload.data(), &wire, sizeof(wire));
      for (uint32_t i = 0; i < insns[id]; ++i) {
        const uint16_t offset = static_cast<uint16_t>(4 * i);
        memcpy(&payload[sizeof(wire) + 2 * i], &offset, 2);
      }
      Slot(LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_BLOCK_INFO << 16,
           static_cast<uint32_t>(payload.size()), id);
      payload.resize((payload.size() + 15) / 16 * 16);
      memcpy(&memory_->slots(0)[at_], payload.data(), payload.size());
      at_ += payload.size() / 16;
    }
    uint64_t icount = 0;
    while (at_ < kRingSlots) {
      const uint32_t id = rng() % n_blocks;
      Slot(id, static_cast<uint32_t>(icount), rng());
      ++blocks_;
      const uint64_t window_end = (icount / kWindowInsns + 1) * kWindowInsns;
      icount = std::min(icount + insns[id], window_end);
    }
  }

  std::unique_ptr<ring::RingMemory> memory_;
  ring::ScannerOptions options_;
  uint64_t at_ = 0;
  uint64_t blocks_ = 0;
};

// Arguments: number of translations; digests summed up at every block.
void BM_Scan(benchmark::State& state) {
  FullRing ring(static_cast<uint32_t>(state.range(0)), state.range(1) != 0);
  uint64_t windows = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ring::RingScanner scanner = ring.Scanner();
    state::WindowBatch batch;
    // The descriptions come once in a run, the blocks over and over.
    LOCKSTEP_CHECK(scanner.Scan(ring.slots() - ring.blocks(), &batch).ok());
    state.ResumeTiming();
    while (scanner.scanned() < ring.slots()) {
      LOCKSTEP_CHECK(scanner.Scan(65536, &batch).ok());
      windows += batch.rows();
    }
  }
  LOCKSTEP_CHECK(windows > 0);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * ring.blocks()));
}
BENCHMARK(BM_Scan)->ArgNames({"translations", "digests"})->ArgsProduct({{100, 4000}, {0, 1}});

// The records of one window as batches of dense mode: what a mismatch costs.
void BM_Detail(benchmark::State& state) {
  FullRing ring(4000, true);
  ring::RingScanner scanner = ring.Scanner();
  state::WindowBatch rows;
  LOCKSTEP_CHECK(scanner.Scan(ring.slots(), &rows).ok());
  uint64_t blocks = 0;
  for (auto _ : state) {
    ring::RingDetail detail = scanner.Detail(5 * kWindowInsns).value();
    state::Batch batch;
    do {
      LOCKSTEP_CHECK(detail.Drain(&batch).ok());
      blocks += batch.block_ids.size();
    } while (batch.records != 0);
  }
  LOCKSTEP_CHECK(blocks > 0);
  state.SetItemsProcessed(static_cast<int64_t>(blocks));
}
BENCHMARK(BM_Detail);

void BM_Memcpy(benchmark::State& state) {
  FullRing ring(4000, false);
  std::vector<lockstep_slot> copy(65536);
  for (auto _ : state) {
    for (uint64_t at = 0; at < kRingSlots; at += copy.size()) {
      memcpy(copy.data(), ring.memory().slots(0) + at, copy.size() * sizeof(lockstep_slot));
      benchmark::DoNotOptimize(copy.data());
      benchmark::ClobberMemory();
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kRingSlots));
}
BENCHMARK(BM_Memcpy);

}  // namespace
}  // namespace lockstep
