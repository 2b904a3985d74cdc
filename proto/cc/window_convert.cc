#include "proto/cc/window_convert.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/cc/columns.h"
#include "proto/cc/state_convert.h"

namespace lockstep::wire {
namespace {

constexpr uint32_t kMaxVcpus = 64;

void PackDigests(const std::vector<state::Digests>& digests, std::string* column) {
  column->assign(reinterpret_cast<const char*>(digests.data()),
                 digests.size() * sizeof(state::Digests));
}

absl::Status CheckVcpu(uint32_t vcpu) {
  if (vcpu < kMaxVcpus) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("vcpu: there is no vCPU ", vcpu));
}

}  // namespace

void ToProto(const state::WindowBatch& batch, v1::WindowBatch* proto) {
  proto->Clear();
  proto->set_vcpu(batch.vcpu);
  proto->set_first_window(batch.first_window);
  proto->set_start_icount(batch.start_icount);
  if (batch.first_window == 0) PackDigests({batch.start_digests}, proto->mutable_start_digests());
  proto->set_row_count(static_cast<uint32_t>(batch.rows()));
  PackColumn(batch.icounts, proto->mutable_icounts());
  PackColumn(batch.steps, proto->mutable_steps());
  PackColumn(batch.pcs, proto->mutable_pcs());
  PackDigests(batch.digests, proto->mutable_digests());
  PackColumn(batch.flow_digests, proto->mutable_flow_digests());
  PackColumn(batch.trap_digests, proto->mutable_trap_digests());
  PackColumn(batch.trap_counts, proto->mutable_trap_counts());
  PackColumn(batch.block_digests, proto->mutable_block_digests());
  PackColumn(batch.block_counts, proto->mutable_block_counts());
  if (batch.end) {
    // The end looks as in a batch of blocks.
    state::Batch blocks;
    blocks.end = batch.end;
    v1::BlockBatch carrier;
    ToProto(blocks, &carrier);
    *proto->mutable_end() = std::move(*carrier.mutable_end());
  }
  proto->set_info_count(batch.infos);
  proto->set_record_count(batch.records);
  proto->set_sums(batch.sums);
}

absl::StatusOr<state::WindowBatch> FromProto(const v1::WindowBatch& proto) {
  const uint32_t rows = proto.row_count();
  absl::Status status = CheckVcpu(proto.vcpu());
  if (rows == 0 || rows > kMaxWindowRows) {
    status.Update(absl::InvalidArgumentError(
        absl::StrCat("row_count: ", rows, " is not in 1..", kMaxWindowRows)));
  }
  status.Update(CheckColumn<uint64_t>("start_digests", proto.start_digests(),
                                      proto.first_window() == 0 ? state::kGroups : 0));
  status.Update(CheckColumn<uint64_t>("icounts", proto.icounts(), rows));
  status.Update(CheckColumn<uint64_t>("steps", proto.steps(), rows));
  status.Update(CheckColumn<uint64_t>("pcs", proto.pcs(), rows));
  status.Update(CheckColumn<uint64_t>("digests", proto.digests(), uint64_t{rows} * state::kGroups));
  status.Update(CheckColumn<uint64_t>("flow_digests", proto.flow_digests(), rows));
  status.Update(CheckColumn<uint64_t>("trap_digests", proto.trap_digests(), rows));
  status.Update(CheckColumn<uint32_t>("trap_counts", proto.trap_counts(), rows));
  status.Update(CheckColumn<uint64_t>("block_digests", proto.block_digests(), rows));
  status.Update(CheckColumn<uint32_t>("block_counts", proto.block_counts(), rows));
  if (!status.ok()) return status;
  state::WindowBatch batch;
  batch.vcpu = proto.vcpu();
  batch.first_window = proto.first_window();
  batch.start_icount = proto.start_icount();
  memcpy(batch.start_digests.data(), proto.start_digests().data(), proto.start_digests().size());
  batch.icounts = UnpackColumn<uint64_t>(proto.icounts());
  batch.steps = UnpackColumn<uint64_t>(proto.steps());
  batch.pcs = UnpackColumn<uint64_t>(proto.pcs());
  batch.digests.resize(rows);
  memcpy(batch.digests.data(), proto.digests().data(), proto.digests().size());
  batch.flow_digests = UnpackColumn<uint64_t>(proto.flow_digests());
  batch.trap_digests = UnpackColumn<uint64_t>(proto.trap_digests());
  batch.trap_counts = UnpackColumn<uint32_t>(proto.trap_counts());
  batch.block_digests = UnpackColumn<uint64_t>(proto.block_digests());
  batch.block_counts = UnpackColumn<uint32_t>(proto.block_counts());
  for (uint32_t i = 1; i < rows; ++i) {
    // Only the stream's end may stand at the beginning of its window.
    const bool last = proto.has_end() && i + 1 == rows;
    if (batch.icounts[i] < batch.icounts[i - 1] ||
        (!last && batch.icounts[i] == batch.icounts[i - 1])) {
      return absl::InvalidArgumentError(
          absl::StrCat("icounts: ", batch.icounts[i], " follows ", batch.icounts[i - 1]));
    }
  }
  if (proto.has_end()) {
    v1::BlockBatch carrier;
    carrier.set_record_count(UINT64_MAX);  // its slots are among those of the windows
    *carrier.mutable_end() = proto.end();
    absl::StatusOr<state::Batch> blocks = FromProto(carrier);
    if (!blocks.ok()) return blocks.status();
    batch.end = std::move(blocks->end);
    if (batch.end->icount != batch.icounts.back()) {
      return absl::InvalidArgumentError(absl::StrCat("end: icount ", batch.end->icount,
                                                     " is not that of the last window, ",
                                                     batch.icounts.back()));
    }
  }
  batch.infos = proto.info_count();
  batch.records = proto.record_count();
  batch.sums = proto.sums();
  return batch;
}

void ToProto(const state::WindowCredit& credit, v1::WindowCredit* proto) {
  proto->set_vcpu(credit.vcpu);
  proto->set_agreed_windows(credit.agreed_windows);
}

absl::StatusOr<state::WindowCredit> FromProto(const v1::WindowCredit& proto) {
  absl::Status status = CheckVcpu(proto.vcpu());
  if (!status.ok()) return status;
  return state::WindowCredit{proto.vcpu(), proto.agreed_windows()};
}

}  // namespace lockstep::wire
