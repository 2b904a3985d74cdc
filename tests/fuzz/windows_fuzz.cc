// What hostile agents may say in a sparse run: windows and the records of windows, decoded and
// compared.
//
// Input: one byte (bits 0 to 3, logarithm of the window size; bit 4, digests of blocks), then
// frames (frames.h). `what`: bits 0 and 1, the instance; bits 2 to 4: 0, a WindowBatch; 1, a
// BlockBatch of the details; 2, the end of the details; 3, the instance closes; 4, compare now; 5,
// a WindowBatch whose first window is put right first; 6, the last instance is dropped if they
// differ.
#include <cstddef>
#include <cstdint>
#include <string>

#include "coordinator/window/window_checker.h"
#include "emulator/base/check.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/window_convert.h"
#include "tests/fuzz/frames.h"

namespace {

constexpr size_t kInstances = 3;

using lockstep::window::Progress;
using lockstep::window::WindowChecker;

size_t InstanceOf(const lockstep::fuzz::Frame& frame) { return (frame.what & 3u) % kInstances; }

void PushWindows(const lockstep::fuzz::Frame& frame, bool put_right, WindowChecker* checker) {
  const size_t instance = InstanceOf(frame);
  lockstep::v1::WindowBatch proto;
  if (!proto.ParseFromArray(frame.data, static_cast<int>(frame.size))) return;
  absl::StatusOr<lockstep::state::WindowBatch> batch = lockstep::wire::FromProto(proto);
  if (!batch.ok()) return;
  lockstep::v1::WindowBatch again;
  lockstep::wire::ToProto(*batch, &again);
  LOCKSTEP_CHECK(lockstep::wire::FromProto(again).ok());
  if (put_right) batch->first_window = checker->NextWindow(instance);
  checker->Push(instance, *std::move(batch)).IgnoreError();
}

void PushDetail(const lockstep::fuzz::Frame& frame, WindowChecker* checker) {
  lockstep::v1::BlockBatch proto;
  if (!proto.ParseFromArray(frame.data, static_cast<int>(frame.size))) return;
  absl::StatusOr<lockstep::state::Batch> batch = lockstep::wire::FromProto(proto);
  if (batch.ok()) checker->PushDetail(InstanceOf(frame), *std::move(batch)).IgnoreError();
}

void Take(const lockstep::fuzz::Frame& frame, WindowChecker* checker) {
  const int kind = frame.what >> 2 & 7;
  if (kind == 0 || kind == 5) PushWindows(frame, kind == 5, checker);
  if (kind == 1) PushDetail(frame, checker);
  if (kind == 2) checker->EndDetail(InstanceOf(frame));
  if (kind == 3) checker->Close(InstanceOf(frame));
  if (kind == 4) checker->Advance();
  if (kind == 6 && checker->state() == Progress::kDiverged) checker->Drop({kInstances - 1});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  lockstep::window::Options options;
  options.align.instances = {"A", "B", "C"};
  options.align.groups = 0xf;
  options.window_insns = uint64_t{1} << (data[0] & 15);
  options.block_digests = (data[0] & 16) != 0;
  options.max_windows = 64;
  options.max_detail_slots = 4096;
  WindowChecker checker(options);
  lockstep::fuzz::Frames frames(data + 1, size - 1);
  lockstep::fuzz::Frame frame;
  while (frames.Next(&frame)) Take(frame, &checker);
  switch (checker.Advance()) {
    case Progress::kDiverged:
      LOCKSTEP_CHECK(checker.mismatch().streams.size() == kInstances);
      break;
    case Progress::kTrouble:
      LOCKSTEP_CHECK(!checker.trouble().reason.empty());
      break;
    default:
      break;
  }
  return 0;
}
