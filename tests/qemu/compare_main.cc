// Compares two emulators by their rings alone: a small `lockstep run` for work on the plugin.
//
//     compare [--gpr] [--limit N] -- A... -- B...
//
// Prints the first disagreement with both block histories. Exit status 0: equal; 1: not; 2:
// trouble.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "coordinator/align/aligner.h"
#include "tests/qemu/instance.h"

namespace lockstep::qemu_test {
namespace {

std::string Hex(const std::vector<uint8_t>& code, size_t from, size_t to) {
  std::string text;
  for (size_t i = to; i > from; i--) text += absl::StrFormat("%02x", code[i - 1]);
  return text;
}

void PrintBlock(const align::RetainedBlock& block) {
  absl::PrintF("  %12d %016x n=%d executed=%d gpr=%016x%s\n", block.icount, block.info.pc,
               block.info.n_insns, block.executed, block.digests[0],
               block.agreed ? "" : "   <-- not agreed");
  if (block.agreed) return;
  for (size_t i = 0; i < block.info.offsets.size(); i++) {
    const size_t from = block.info.offsets[i];
    const size_t to =
        i + 1 < block.info.offsets.size() ? block.info.offsets[i + 1] : block.info.code.size();
    if (to > block.info.code.size()) break;
    absl::PrintF("      %12d %016x %s\n", block.icount + i, block.info.pc + from,
                 Hex(block.info.code, from, to));
  }
}

void PrintMismatch(const align::VcpuAligner& aligner) {
  const align::Mismatch& m = aligner.mismatch();
  absl::PrintF("DIVERGED at icount %d: %s\n", m.icount, m.detail);
  for (size_t i = 0; i < 2; i++) {
    absl::PrintF("instance %c:\n", 'A' + i);
    const std::vector<align::RetainedBlock> blocks = aligner.Blocks(i);
    const size_t from = blocks.size() > 12 ? blocks.size() - 12 : 0;
    for (size_t k = from; k < blocks.size(); k++) PrintBlock(blocks[k]);
    if (m.streams[i].block.has_value()) {
      absl::PrintF("  at the mismatch: block %x, pc %x\n", m.streams[i].block->pc, m.streams[i].pc);
    }
    if (m.streams[i].end.has_value()) {
      absl::PrintF("  end: %s exit %d console %016x\n", m.streams[i].end->text,
                   m.streams[i].end->exit_code, m.streams[i].end->console_digest);
    }
  }
}

int Compare(const std::vector<InstanceOptions>& options, align::Options align_options) {
  std::vector<std::unique_ptr<Instance>> instances;
  for (const InstanceOptions& one : options) {
    auto instance = Instance::Start(one);
    if (!instance.ok()) {
      absl::FPrintF(stderr, "%s\n", instance.status().ToString());
      return 2;
    }
    instances.push_back(*std::move(instance));
  }
  align::VcpuAligner aligner(std::move(align_options));
  std::vector<bool> done(instances.size());
  for (;;) {
    const align::Progress progress = aligner.Advance();
    if (progress == align::Progress::kDiverged) {
      PrintMismatch(aligner);
      return 1;
    }
    if (progress == align::Progress::kTrouble) {
      absl::PrintF("TROUBLE %s\n", aligner.trouble().reason);
      return 2;
    }
    if (progress == align::Progress::kComplete) break;
    for (size_t i : aligner.starved()) {
      if (done[i]) continue;
      absl::StatusOr<state::Batch> batch = instances[i]->Next();
      if (!batch.ok() || batch->records == 0) {
        absl::PrintF("instance %c: %s after icount %d\n", 'A' + i,
                     batch.ok() ? "no more records" : batch.status().ToString(),
                     aligner.stats(i).received_icount);
        done[i] = true;
        aligner.Close(i);
        continue;
      }
      batch->events.clear();  // QEMU tells of none
      absl::Status status = aligner.Push(i, *std::move(batch));
      if (!status.ok()) {
        absl::PrintF("TROUBLE %s\n", status.ToString());
        return 2;
      }
    }
    if (aligner.starved().empty()) continue;
    bool any = false;
    for (size_t i : aligner.starved()) any |= !done[i];
    if (!any) {
      absl::PrintF("TROUBLE both streams broke off at icount %d\n", aligner.verified_icount());
      return 2;
    }
  }
  absl::PrintF("IDENTICAL %d instructions, %d boundaries, %d + %d splits, end: %s / %s\n",
               aligner.verified_icount(), aligner.boundaries(), aligner.stats(0).splits,
               aligner.stats(1).splits, aligner.stats(0).end ? aligner.stats(0).end->text : "?",
               aligner.stats(1).end ? aligner.stats(1).end->text : "?");
  return 0;
}

}  // namespace
}  // namespace lockstep::qemu_test

int main(int argc, char** argv) {
  using lockstep::qemu_test::InstanceOptions;
  std::vector<InstanceOptions> options;
  lockstep::align::Options align_options;
  align_options.instances = {"A", "B"};
  uint64_t limit = UINT64_MAX;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--") == 0 && options.size() < 2) {
      options.emplace_back();
      options.back().request.stop_at_icount = limit;
      options.back().output_path = absl::StrFormat("compare_%c.out", 'A' + options.size() - 1);
    } else if (!options.empty()) {
      options.back().argv.push_back(argv[i]);
    } else if (std::strcmp(argv[i], "--gpr") == 0) {
      align_options.groups = 1;
    } else if (std::strcmp(argv[i], "--limit") == 0 && i + 1 < argc) {
      limit = std::strtoull(argv[++i], nullptr, 0);
    } else {
      options.clear();
      break;
    }
  }
  if (options.size() != 2 || options[0].argv.empty() || options[1].argv.empty()) {
    std::fprintf(stderr, "usage: compare [--gpr] [--limit N] -- A... -- B...\n");
    return 2;
  }
  setvbuf(stdout, nullptr, _IOLBF, 0);
  return lockstep::qemu_test::Compare(options, align_options);
}
