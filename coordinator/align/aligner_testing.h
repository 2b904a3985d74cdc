// What the aligner's tests share: options, and recordings fed to an aligner.
#ifndef COORDINATOR_ALIGN_ALIGNER_TESTING_H_
#define COORDINATOR_ALIGN_ALIGNER_TESTING_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/align/aligner.h"
#include "coordinator/align/execution_testing.h"

namespace lockstep::align::testing {

// So many instances, named A to E, of which all groups are compared.
inline Options Of(size_t n) {
  Options options;
  for (size_t i = 0; i < n; ++i) options.instances.push_back(std::string(1, "ABCDE"[i]));
  options.groups = kAllGroups;
  return options;
}

// Pushes every batch of every recording, round robin, advancing in between.
inline Progress Feed(VcpuAligner& aligner, const std::vector<Recording>& recordings,
                     const Packing& packing = {}) {
  Rng rng(1);
  std::vector<std::vector<state::Batch>> batches;
  size_t rounds = 0;
  for (const Recording& recording : recordings) {
    batches.push_back(Pack(recording, packing, rng));
    rounds = std::max(rounds, batches.back().size());
  }
  for (size_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < batches.size(); ++i) {
      if (round >= batches[i].size()) continue;
      const absl::Status status = aligner.Push(i, batches[i][round]);
      if (!status.ok()) ADD_FAILURE() << status;
    }
    aligner.Advance();
  }
  return aligner.Advance();
}

// In blocks of `block_insns`, where nothing ends them before.
inline Recording Cut(const Execution& execution, uint32_t block_insns, bool layout = true) {
  Rng rng(2);
  return Record(execution, {.max_block_insns = block_insns, .layout = layout}, rng);
}

}  // namespace lockstep::align::testing

#endif  // COORDINATOR_ALIGN_ALIGNER_TESTING_H_
