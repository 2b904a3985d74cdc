#include "tests/qemu/compare.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/align/aligner.h"

namespace lockstep::qemu_test {
namespace {

constexpr size_t kBlocksShown = 12;

std::string Hex(const std::vector<uint8_t>& code, size_t from, size_t to) {
  std::string text;
  for (size_t i = to; i > from; i--) absl::StrAppendFormat(&text, "%02x", code[i - 1]);
  return text;
}

std::string BlockText(const align::RetainedBlock& block, bool with_code) {
  std::string text =
      absl::StrFormat("  %12d %016x %d of %d insns, gpr %016x\n", block.icount, block.info.pc,
                      block.executed, block.info.n_insns, block.digests[0]);
  const std::vector<uint16_t>& offsets = block.info.offsets;
  for (size_t i = 0; with_code && i < offsets.size(); i++) {
    const size_t end = i + 1 < offsets.size() ? offsets[i + 1] : block.info.code.size();
    if (end > block.info.code.size()) break;
    absl::StrAppendFormat(&text, "    %12d %016x %s\n", block.icount + i,
                          block.info.pc + offsets[i], Hex(block.info.code, offsets[i], end));
  }
  return text;
}

std::string MismatchText(const align::VcpuAligner& aligner) {
  const align::Mismatch& mismatch = aligner.mismatch();
  std::string text =
      absl::StrFormat("DIVERGED at icount %d: %s\n", mismatch.icount, mismatch.detail);
  for (size_t i = 0; i < 2; i++) {
    absl::StrAppendFormat(&text, "instance %c:\n", 'A' + i);
    const std::vector<align::RetainedBlock> blocks = aligner.Blocks(i);
    const size_t first = blocks.size() > kBlocksShown ? blocks.size() - kBlocksShown : 0;
    for (size_t k = first; k < blocks.size(); k++) {
      text += BlockText(blocks[k], k + 2 >= blocks.size());
    }
    if (mismatch.streams[i].end.has_value()) {
      const state::End& end = *mismatch.streams[i].end;
      absl::StrAppendFormat(&text, "  end: %s, exit code %d, console %016x\n", end.text,
                            end.exit_code, end.console_digest);
    }
  }
  return text;
}

// Feeds the aligner until it has decided.
class Feeder {
 public:
  explicit Feeder(align::VcpuAligner* aligner) : aligner_(*aligner) {}

  absl::Status Start(const InstanceOptions& options) {
    absl::StatusOr<std::unique_ptr<Instance>> instance = Instance::Start(options);
    if (!instance.ok()) return instance.status();
    instances_.push_back(*std::move(instance));
    done_.push_back(false);
    return absl::OkStatus();
  }

  // Errors: of a ring; DataLoss when both streams broke off.
  absl::Status Run() {
    while (aligner_.Advance() == align::Progress::kNeedMore) {
      bool fed = false;
      for (size_t i : aligner_.starved()) {
        if (done_[i]) continue;
        absl::Status status = FeedOne(i);
        if (!status.ok()) return status;
        fed = true;
      }
      if (!fed) return absl::DataLossError("the streams broke off");
    }
    return absl::OkStatus();
  }

 private:
  absl::Status FeedOne(size_t i) {
    absl::StatusOr<state::Batch> batch = instances_[i]->Next();
    if (!batch.ok()) return batch.status();
    if (batch->records == 0) {
      done_[i] = true;
      aligner_.Close(i);
      return absl::OkStatus();
    }
    batch->events.clear();
    return aligner_.Push(i, *std::move(batch));
  }

  align::VcpuAligner& aligner_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<bool> done_;
};

}  // namespace

Comparison Compare(const InstanceOptions& a, const InstanceOptions& b, state::GroupMask groups) {
  align::Options align_options;
  align_options.instances = {"A", "B"};
  align_options.groups = groups;
  align::VcpuAligner aligner(std::move(align_options));
  Feeder feeder(&aligner);
  Comparison result;
  absl::Status status = feeder.Start(a);
  status.Update(feeder.Start(b));
  if (status.ok()) status = feeder.Run();
  result.verified_insns = aligner.verified_icount();
  result.boundaries = aligner.boundaries();
  for (size_t i = 0; i < 2; i++) result.splits[i] = aligner.stats(i).splits;
  switch (aligner.state()) {
    case align::Progress::kComplete:
      result.outcome = Outcome::kIdentical;
      result.text = absl::StrFormat(
          "IDENTICAL over %d instructions, %d boundaries, %d and %d splits; end: %s",
          result.verified_insns, result.boundaries, result.splits[0], result.splits[1],
          aligner.stats(0).end ? aligner.stats(0).end->text : "");
      break;
    case align::Progress::kDiverged:
      result.outcome = Outcome::kDiverged;
      result.text = MismatchText(aligner);
      break;
    default:
      result.outcome = Outcome::kTrouble;
      result.text =
          absl::StrFormat("TROUBLE after %d instructions: %s", result.verified_insns,
                          aligner.state() == align::Progress::kTrouble ? aligner.trouble().reason
                                                                       : status.ToString());
  }
  return result;
}

}  // namespace lockstep::qemu_test
