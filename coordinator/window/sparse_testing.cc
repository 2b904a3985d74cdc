#include "coordinator/window/sparse_testing.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "emulator/base/check.h"
#include "plugins/sdk/ring_detail.h"

namespace lockstep::window::testing {
namespace {

// Slots that one block may need, with what stands before it.
constexpr uint64_t kStepSlots = 512;

uint64_t SlotsOf(const Recording& recording) {
  uint64_t slots = kStepSlots;
  for (const auto& block : recording.blocks) {
    slots += 8 + 5 * block.events.size() + block.info.n_insns / 8;
  }
  return std::max<uint64_t>(std::bit_ceil(slots), LOCKSTEP_MIN_RING_SLOTS);
}

}  // namespace

Recording CutAtWindows(const Recording& recording, const Execution& execution,
                       uint64_t window_insns) {
  Recording result = recording;
  result.blocks.clear();
  const uint64_t end = execution.icount();
  for (size_t i = 0; i < recording.blocks.size(); ++i) {
    const auto& block = recording.blocks[i];
    const uint64_t stop = i + 1 < recording.blocks.size() ? recording.blocks[i + 1].icount : end;
    result.blocks.push_back(block);
    for (uint64_t c = (block.icount / window_insns + 1) * window_insns; c < stop;
         c += window_insns) {
      const uint64_t k = c - block.icount;
      auto& whole = result.blocks.back();
      const uint64_t skip = c - whole.icount;
      align::testing::Block rest;
      rest.icount = c;
      rest.digests = execution.points[c].digests;
      rest.info = whole.info;
      rest.info.pc = execution.points[c].pc;
      rest.info.n_insns = whole.info.n_insns - static_cast<uint32_t>(skip);
      rest.info.offsets.clear();
      for (size_t j = k; j < block.info.offsets.size(); ++j) {
        rest.info.offsets.push_back(
            static_cast<uint16_t>(block.info.offsets[j] - block.info.offsets[k]));
      }
      // Half of the producers translate a shorter block, the others leave a longer one early.
      if (c / window_insns % 2 == 0) {
        whole.info.n_insns = static_cast<uint32_t>(skip);
        whole.info.offsets.resize(skip);
      }
      result.blocks.push_back(std::move(rest));
    }
  }
  return result;
}

SparseStream::SparseStream(Recording recording, const StreamOptions& options, Rng& rng)
    : recording_(std::move(recording)), options_(options), rng_(rng()) {
  struct lockstep_request request {};
  request.stop_at_icount = UINT64_MAX;
  request.groups = options_.groups;
  request.events = ~0u;
  request.digest_at = options_.block_digests ? LOCKSTEP_DIGEST_AT_BLOCK : LOCKSTEP_DIGEST_AT_WINDOW;
  request.window_insns = static_cast<uint32_t>(options_.window_insns);
  const uint64_t slots = options_.ring_slots != 0 ? options_.ring_slots : SlotsOf(recording_);
  memory_ = std::make_unique<ring::RingMemory>(ring::RingMemory::Create(1, slots, request).value());
  setenv(LOCKSTEP_RING_ENV, std::to_string(memory_->fd()).c_str(), 1);
  struct lockstep_open_params params {};
  params.producer = "test 1.0";
  params.guest_arch = "toy";
  params.vcpus = 1;
  params.groups = options_.groups;
  params.abilities = LOCKSTEP_ABILITY_LAYOUT | LOCKSTEP_ABILITY_WINDOWS | LOCKSTEP_ABILITY_TRAPS;
  LOCKSTEP_CHECK(lockstep_open(&params, &producer_) == 0);
  ring::ScannerOptions scan;
  scan.groups = options_.groups;
  scan.block_digests = options_.block_digests;
  scan.max_windows = options_.max_windows;
  scan.max_side_slots = options_.max_side_slots;
  scanner_ = std::make_unique<ring::RingScanner>(
      ring::RingScanner::Create(*memory_, 0, memory_->Identity().value(), scan).value());
}

SparseStream::~SparseStream() { lockstep_close(producer_); }

uint64_t SparseStream::FreeSlots() const {
  const lockstep_cursors* cursors = memory_->cursors(0);
  return memory_->ring_slots() - (cursors->written - cursors->consumed);
}

void SparseStream::Flush() { lockstep_flush(producer_, 0); }

bool SparseStream::Write() {
  if (done_ || FreeSlots() < kStepSlots) return false;
  const auto tell = [&](const std::vector<state::Event>& events) {
    for (const state::Event& event : events) {
      lockstep_event(producer_, 0, static_cast<lockstep_event_kind>(event.kind), event.icount,
                     event.fields.data(), event.n_fields);
    }
  };
  if (next_ == recording_.blocks.size()) {
    done_ = true;
    if (!options_.ends) return false;
    tell(recording_.last_events);
    struct lockstep_end end {};
    end.reason = static_cast<uint32_t>(recording_.end->reason);
    end.icount = recording_.end->icount;
    end.step = recording_.end->step;
    std::copy_n(recording_.end->digests.begin(), state::kGroups, end.digests);
    end.console_digest = recording_.end->console_digest;
    end.exit_code = recording_.end->exit_code;
    lockstep_end(producer_, 0, &end);
    return true;
  }
  const align::testing::Block& block = recording_.blocks[next_++];
  std::pair<uint64_t, std::vector<uint16_t>> key{block.info.pc, block.info.offsets};
  auto it = known_.find(key);
  if (it == known_.end()) {
    struct lockstep_block info {};
    info.id = next_id_++ % options_.block_ids;
    if (auto old = holders_.find(info.id); old != holders_.end()) known_.erase(old->second);
    holders_[info.id] = key;
    it = known_.emplace(key, info.id).first;
    info.pc = block.info.pc;
    info.space = block.info.space.tag;
    info.n_insns = block.info.n_insns;
    info.offsets = block.info.offsets.data();
    LOCKSTEP_CHECK(lockstep_block_info(producer_, 0, &info) == 0);
  }
  tell(block.events);
  const bool right = options_.block_digests || block.icount % options_.window_insns == 0;
  for (int g = 1; g < state::kGroups; ++g) {
    if (right || rng_() % 8 == 0) {
      lockstep_set_group(producer_, 0, static_cast<lockstep_group>(g),
                         right ? block.digests[g] : rng_());
    }
  }
  lockstep_enter(producer_, 0, it->second, block.icount, right ? block.digests[0] : rng_());
  return true;
}

namespace {

// Gives the records that the checker asks for. Empty, or what failed.
std::string GiveDetails(std::vector<std::unique_ptr<SparseStream>>& streams,
                        WindowChecker& checker) {
  const DetailRequest request = checker.detail_request();
  for (size_t i : checker.detail_instances()) {
    auto detail = streams[i]->scanner().Detail(request.first_icount);
    if (!detail.ok()) {
      // A producer may have died before.
      checker.EndDetail(i);
      continue;
    }
    state::Batch batch;
    for (;;) {
      absl::Status status = detail->Drain(&batch);
      if (!status.ok()) return std::string(status.message());
      if (batch.records == 0) break;
      status = checker.PushDetail(i, batch);
      if (!status.ok()) return std::string(status.message());
    }
    checker.EndDetail(i);
  }
  return "";
}

}  // namespace

SparseRun Drive(std::vector<std::unique_ptr<SparseStream>>& streams, WindowChecker& checker,
                Rng& rng) {
  SparseRun run;
  std::vector<bool> closed(streams.size());
  for (int idle = 0; idle < 200;) {
    bool progress = false;
    for (size_t i = 0; i < streams.size(); ++i) {
      SparseStream& stream = *streams[i];
      if (rng() % 4 == 0) continue;
      for (uint64_t n = rng() % 400; n > 0 && stream.Write(); --n) progress = true;
      if (rng() % 2 == 0 || stream.written()) stream.Flush();
      const uint64_t before = stream.scanner().scanned();
      state::WindowBatch batch;
      absl::Status status =
          stream.scanner().Scan(rng() % 3 == 0 ? 1 + rng() % 40 : 1u << 20, &batch);
      if (!status.ok()) {
        run.problem = std::string(status.message());
        return run;
      }
      progress = progress || stream.scanner().scanned() != before;
      run.max_side_slots = std::max<size_t>(run.max_side_slots, stream.scanner().side_slots());
      if (batch.rows() != 0) {
        status = checker.Push(i, std::move(batch));
        if (!status.ok()) {
          run.problem = std::string(status.message());
          return run;
        }
      }
      if (stream.written() && !stream.scanner().ended() && !closed[i] &&
          stream.scanner().scanned() == before) {
        stream.scanner().set_producer_dead();
        if (stream.scanner().exhausted()) {
          closed[i] = true;
          checker.Close(i);
        }
      }
    }
    // A look at what is not complete changes nothing but when a divergence is found.
    const bool probes =
        checker.Advance() == Progress::kNeedMore && rng() % 8 == 0 && checker.Probe();
    if (checker.state() == Progress::kDetailWanted) {
      run.problem = GiveDetails(streams, checker);
      if (!run.problem.empty()) return run;
      checker.Advance();
      progress = progress || !probes;
    }
    if (checker.state() != Progress::kNeedMore && checker.state() != Progress::kDetailWanted) {
      return run;
    }
    for (auto& stream : streams) stream->scanner().Release(checker.agreed_windows());
    idle = progress ? 0 : idle + 1;
  }
  return run;
}

}  // namespace lockstep::window::testing
