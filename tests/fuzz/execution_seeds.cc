// Seeds of the corpora run, scanner, windows, skew and narrow: short random executions, cut
// differently by each instance, equal and with one corruption.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/align/execution_testing.h"
#include "coordinator/align/skew_testing.h"
#include "coordinator/window/sparse_testing.h"
#include "emulator/base/check.h"
#include "plugins/sdk/ring_detail.h"
#include "plugins/sdk/ring_scanner.h"
#include "proto/cc/window_convert.h"
#include "tests/fuzz/corpus.h"

namespace lockstep::fuzz {
namespace {

using align::testing::Execution;
using align::testing::Recording;
using align::testing::Rng;
using window::testing::SparseStream;
using window::testing::StreamOptions;

constexpr int kLogWindow = 4;
constexpr uint64_t kInsns = 60;

struct Seed {
  std::string name;
  std::vector<Execution> executions;
};

std::vector<Seed> Seeds() {
  std::vector<Seed> seeds;
  for (uint64_t number = 0; number < 4; ++number) {
    Rng rng(number);
    const Execution good = align::testing::RandomExecution(kInsns, rng);
    Execution bad = good;
    for (size_t i = 30; i < bad.points.size(); ++i) bad.points[i].digests[0] ^= 1;
    Execution jump = good;
    jump.points[40].pc ^= 4;
    seeds.push_back({absl::StrCat("equal", number), {good, good, good}});
    seeds.push_back({absl::StrCat("gpr", number), {good, good, bad}});
    seeds.push_back({absl::StrCat("pc", number), {good, jump, good}});
  }
  return seeds;
}

Recording RecordOne(const Execution& execution, size_t instance, Rng& rng) {
  return align::testing::Record(
      execution,
      {.max_block_insns = static_cast<uint32_t>(4 + 3 * instance), .random_lengths = true}, rng);
}

// Batches of two instances in turn, each compared.
std::string InTurn(const std::vector<std::vector<state::Batch>>& batches) {
  std::string bytes;
  for (size_t b = 0; b < std::max(batches[0].size(), batches[1].size()); ++b) {
    for (size_t i = 0; i < 2; ++i) {
      if (b < batches[i].size()) bytes += FrameOf(static_cast<uint8_t>(i), Encode(batches[i][b]));
    }
    bytes += FrameOf(2 << 1, "");
  }
  return bytes;
}

// run.
std::string RunSeed(const Seed& seed) {
  Rng rng(1);
  std::vector<std::vector<state::Batch>> batches;
  for (size_t i = 0; i < 2; ++i) {
    batches.push_back(
        align::testing::Pack(RecordOne(seed.executions[i + 1], i, rng), {.batch_blocks = 8}, rng));
  }
  return InTurn(batches);
}

// What is left in the ring of one instance.
std::string ScannerSeed(SparseStream& stream, uint64_t slots) {
  std::string bytes;
  bytes += static_cast<char>(0xf8 | 2);
  bytes += static_cast<char>(0xf0 | kLogWindow);
  bytes.append(reinterpret_cast<const char*>(stream.memory().slots(0)),
               slots * LOCKSTEP_SLOT_BYTES);
  return bytes;
}

// windows: all of each instance's windows, and the records of each window as details.
std::string WindowsSeed(std::vector<std::unique_ptr<SparseStream>>& streams,
                        std::vector<uint64_t>* slots) {
  std::string rows;
  std::string details;
  for (size_t i = 0; i < streams.size(); ++i) {
    const auto what = [&](int kind) {
      return static_cast<uint8_t>(kind << 2 | static_cast<int>(i));
    };
    ring::RingScanner& scanner = streams[i]->scanner();
    state::WindowBatch batch;
    LOCKSTEP_CHECK(scanner.Scan(1 << 20, &batch).ok());
    v1::WindowBatch proto;
    wire::ToProto(batch, &proto);
    rows += FrameOf(what(0), proto.SerializeAsString());
    const uint64_t second = batch.rows() > 1 ? batch.icounts[0] : batch.start_icount;
    for (uint64_t first : {batch.start_icount, second}) {
      absl::StatusOr<ring::RingDetail> detail = scanner.Detail(first);
      LOCKSTEP_CHECK(detail.ok()) << detail.status();
      state::Batch records;
      while (detail->Drain(&records).ok() && records.records != 0) {
        details += FrameOf(what(1), Encode(records));
      }
      details += FrameOf(what(2), "");
    }
    slots->push_back(scanner.scanned());
  }
  return static_cast<char>(kLogWindow | 16) + rows + FrameOf(4 << 2, "") + details;
}

// skew: the same code with the same interrupts, each a little later in the second instance.
void MakeSkewSeeds(const std::string& directory) {
  for (uint64_t number = 0; number < 4; ++number) {
    Rng rng(number);
    const align::testing::Code code = align::testing::RandomCode(kInsns, rng);
    std::vector<std::vector<state::Batch>> batches;
    for (uint64_t i = 0; i < 2; ++i) {
      std::vector<align::testing::Excursion> excursions = {
          {.cause = 7, .at = 10 + 3 * i, .length = 4, .seed = 1},
          {.cause = 5, .at = 30 + i, .length = 6, .seed = 2},
          {.cause = 7, .at = 45, .length = 3, .seed = 3}};
      if (number >= 2) excursions[1].nested = {{.cause = 9, .at = 2 + i, .length = 2, .seed = 4}};
      if (number == 3 && i == 1) excursions[2].seed = 9;
      const Recording recording = RecordOne(align::testing::Run(code, excursions), i, rng);
      batches.push_back(align::testing::Pack(recording, {.batch_blocks = 8}, rng));
    }
    WriteSeed(directory + "/skew", absl::StrCat("shifted", number), "\x0f" + InTurn(batches));
  }
}

// narrow: the second pass of two instances, with registers.
void MakeNarrowSeeds(const std::string& directory) {
  for (const uint64_t error : {0, 1}) {
    std::vector<std::vector<state::Batch>> batches;
    Rng rng(1);
    for (uint64_t i = 0; i < 2; ++i) {
      Execution execution = align::testing::Straight(100);
      for (uint64_t c = 37; c <= 100; ++c) execution.points[c].digests[0] += i * error;
      Recording recording = align::testing::Record(execution, {.max_block_insns = 1}, rng);
      recording.blocks.resize(48);
      recording.blocks.erase(recording.blocks.begin(), recording.blocks.begin() + 30);
      for (auto& block : recording.blocks) {
        const uint64_t a0 = block.icount + (block.icount >= 37 ? i * error : 0);
        block.info.code = {0x13, 0x05, 0x15, 0x00};
        block.registers = state::Registers{block.icount, {7, a0, block.info.pc}};
      }
      recording.end->reason = state::EndReason::kLimit;
      recording.end->icount = 48;
      align::testing::Packing packing;
      packing.batch_blocks = 8;
      packing.register_names = {{"gpr", "ra"}, {"gpr", "a0"}, {"pc", "pc"}};
      batches.push_back(align::testing::Pack(recording, packing, rng));
    }
    WriteSeed(directory + "/narrow", absl::StrCat("error", error), InTurn(batches));
  }
}

}  // namespace

void MakeExecutionSeeds(const std::string& directory) {
  for (const Seed& seed : Seeds()) {
    WriteSeed(directory + "/run", seed.name, RunSeed(seed));
    Rng rng(2);
    StreamOptions options;
    options.window_insns = uint64_t{1} << kLogWindow;
    std::vector<std::unique_ptr<SparseStream>> streams;
    for (size_t i = 0; i < seed.executions.size(); ++i) {
      const Recording cut = window::testing::CutAtWindows(RecordOne(seed.executions[i], i, rng),
                                                          seed.executions[i], options.window_insns);
      streams.push_back(std::make_unique<SparseStream>(cut, options, rng));
      while (streams.back()->Write()) {
      }
      streams.back()->Flush();
    }
    std::vector<uint64_t> slots;
    WriteSeed(directory + "/windows", seed.name, WindowsSeed(streams, &slots));
    WriteSeed(directory + "/scanner", seed.name, ScannerSeed(*streams[1], slots[1]));
  }
  MakeSkewSeeds(directory);
  MakeNarrowSeeds(directory);
}

}  // namespace lockstep::fuzz
