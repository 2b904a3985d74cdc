// What hostile peers may say in a run: two instances' batches, decoded, compared and reported.
// Every conversation ends in a verdict that can be printed.
//
// Input: frames (frames.h). `what`: bit 0, the instance; bits 1 and 2: 0, a BlockBatch; 1, the
// instance fails; 2, compare now; 3, a BlockBatch whose `sequence` is put right first.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "coordinator/detect/checker.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"
#include "coordinator/store/symbol_source.h"
#include "emulator/base/check.h"
#include "proto/cc/state_convert.h"
#include "tests/fuzz/frames.h"

namespace {

using lockstep::detect::Checker;

constexpr uint32_t kVcpus = 2;

std::unique_ptr<Checker> MakeChecker() {
  lockstep::detect::Options options;
  options.run_id = "fuzz";
  for (const char* name : {"A", "B"}) {
    lockstep::detect::InstanceSpec spec;
    spec.name = name;
    spec.identity = {.producer = "fuzz",
                     .guest_arch = "riscv64",
                     .vcpus = kVcpus,
                     .groups = 0xf,
                     .abilities = 0xff};
    options.instances.push_back(spec);
  }
  return Checker::Create(options).value();
}

void Take(const lockstep::fuzz::Frame& frame, Checker* checker) {
  const size_t instance = frame.what & 1u;
  const int kind = frame.what >> 1 & 3;
  if (kind == 1) {
    checker->InstanceFailed(instance, "fuzz", false);
  } else if (kind == 2) {
    checker->Advance();
  } else {
    lockstep::v1::BlockBatch proto;
    if (!proto.ParseFromArray(frame.data, static_cast<int>(frame.size))) return;
    absl::StatusOr<lockstep::state::Batch> batch = lockstep::wire::FromProto(proto);
    if (!batch.ok() || batch->vcpu >= kVcpus) return;  // the server refuses the vCPU
    if (kind == 3) batch->sequence = checker->NextSequence(instance, batch->vcpu);
    checker->Push(instance, *std::move(batch)).IgnoreError();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::unique_ptr<Checker> checker = MakeChecker();
  lockstep::fuzz::Frames frames(data, size);
  lockstep::fuzz::Frame frame;
  while (frames.Next(&frame)) Take(frame, checker.get());
  checker->Advance();
  checker->Finish("the input ends");
  const lockstep::report::Report report = checker->Report(lockstep::store::NoSymbols());
  LOCKSTEP_CHECK(!lockstep::report::RenderText(report, {}).empty());
  LOCKSTEP_CHECK(lockstep::report::RenderJson(report).ok());
  return 0;
}
