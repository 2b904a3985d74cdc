// What broken emulators may send in the second pass over a divergence: registers, steps, traps. The
// report that narrowing fills in can be printed whatever came.
//
// Input: frames (frames.h). `what`: bit 0, the instance; bits 1 and 2: 0, a BlockBatch; 1, the
// instance fails; 2, compare now; 3, a BlockBatch whose `sequence` is put right first.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "coordinator/align/execution_testing.h"
#include "coordinator/detect/checker.h"
#include "coordinator/narrow/narrow.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"
#include "coordinator/store/symbol_source.h"
#include "emulator/base/check.h"
#include "proto/cc/state_convert.h"
#include "tests/fuzz/frames.h"

namespace {

namespace testing = lockstep::align::testing;

// Two instances of which one has other registers from the 38th instruction on.
lockstep::report::Report FirstPass() {
  lockstep::detect::Options options;
  for (const char* name : {"A", "B"}) {
    lockstep::detect::InstanceSpec spec;
    spec.name = name;
    spec.identity = {.producer = "fuzz",
                     .guest_arch = "riscv64",
                     .vcpus = 1,
                     .groups = testing::kAllGroups,
                     .abilities = 0xff};
    options.instances.push_back(spec);
  }
  const auto checker = lockstep::detect::Checker::Create(options).value();
  testing::Rng rng(1);
  for (size_t i = 0; i < 2; ++i) {
    testing::Execution execution = testing::Straight(100);
    for (uint64_t c = 37; i == 1 && c <= 100; ++c) ++execution.points[c].digests[0];
    for (auto& batch :
         testing::Pack(testing::Record(execution, {.max_block_insns = 10}, rng), {}, rng)) {
      LOCKSTEP_CHECK(checker->Push(i, std::move(batch)).ok());
    }
  }
  checker->Finish("");
  return checker->Report(lockstep::store::NoSymbols());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const lockstep::report::Report* const first = new lockstep::report::Report(FirstPass());
  lockstep::narrow::Narrower narrower(*first);
  std::array<uint64_t, 2> next_sequence{};
  lockstep::fuzz::Frames frames(data, size);
  lockstep::fuzz::Frame frame;
  while (frames.Next(&frame)) {
    const size_t instance = frame.what & 1u;
    const int kind = frame.what >> 1 & 3;
    if (kind == 1) {
      narrower.InstanceFailed(instance, "fuzz");
    } else if (kind == 2) {
      narrower.Advance();
    } else {
      lockstep::v1::BlockBatch proto;
      if (!proto.ParseFromArray(frame.data, static_cast<int>(frame.size))) continue;
      absl::StatusOr<lockstep::state::Batch> batch = lockstep::wire::FromProto(proto);
      if (!batch.ok()) continue;
      if (kind == 3) batch->sequence = next_sequence[instance];
      if (narrower.Push(instance, *std::move(batch)).ok()) ++next_sequence[instance];
    }
  }
  narrower.Advance();
  lockstep::report::Report report = *first;
  narrower.Finish(lockstep::store::NoSymbols(), &report);
  LOCKSTEP_CHECK(!lockstep::report::RenderText(report, {}).empty());
  LOCKSTEP_CHECK(lockstep::report::RenderJson(report).ok());
  return 0;
}
