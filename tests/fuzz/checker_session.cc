#include "tests/fuzz/checker_session.h"

#include <memory>
#include <string>

#include "coordinator/detect/checker.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"
#include "coordinator/store/symbol_source.h"
#include "emulator/base/check.h"
#include "proto/cc/state_convert.h"
#include "tests/fuzz/frames.h"

namespace lockstep::fuzz {
namespace {

using detect::Checker;

constexpr uint32_t kVcpus = 2;

std::unique_ptr<Checker> MakeChecker(const policy::Policy& policy) {
  detect::Options options;
  options.run_id = "fuzz";
  options.policy = policy;
  for (const char* name : {"A", "B"}) {
    detect::InstanceSpec spec;
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

void Take(const Frame& frame, Checker* checker) {
  const size_t instance = frame.what & 1u;
  const int kind = frame.what >> 1 & 3;
  if (kind == 1) {
    checker->InstanceFailed(instance, "fuzz", false);
  } else if (kind == 2) {
    checker->Advance();
  } else {
    v1::BlockBatch proto;
    if (!proto.ParseFromArray(frame.data, static_cast<int>(frame.size))) return;
    absl::StatusOr<state::Batch> batch = wire::FromProto(proto);
    if (!batch.ok() || batch->vcpu >= kVcpus) return;  // the server refuses the vCPU
    if (kind == 3) batch->sequence = checker->NextSequence(instance, batch->vcpu);
    checker->Push(instance, *std::move(batch)).IgnoreError();
  }
}

}  // namespace

void CheckSession(const policy::Policy& policy, const uint8_t* data, size_t size) {
  const std::unique_ptr<Checker> checker = MakeChecker(policy);
  Frames frames(data, size);
  Frame frame;
  while (frames.Next(&frame)) Take(frame, checker.get());
  checker->Advance();
  checker->Finish("the input ends");
  const report::Report report = checker->Report(store::NoSymbols());
  LOCKSTEP_CHECK(!report::RenderText(report, {}).empty());
  LOCKSTEP_CHECK(report::RenderJson(report).ok());
}

}  // namespace lockstep::fuzz
