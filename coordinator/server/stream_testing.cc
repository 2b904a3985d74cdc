#include "coordinator/server/stream_testing.h"

namespace lockstep::server::testing {

state::ProducerIdentity Identity() {
  state::ProducerIdentity identity;
  identity.producer = "test";
  identity.guest_arch = "toy";
  identity.groups = state::MaskOf(state::Group::kGpr);
  identity.abilities = state::kAbilityLayout;
  return identity;
}

state::Batch Blocks(uint64_t sequence, uint64_t first, uint32_t n, uint64_t corrupt_from) {
  constexpr uint64_t kInfoRecords = 3;
  state::Batch batch;
  batch.sequence = sequence;
  batch.first_icount = first * kInsnsPerBlock;
  if (sequence == 0) {
    state::BlockInfo info;
    info.id = 1;
    info.pc = 0x1000;
    info.n_insns = kInsnsPerBlock;
    info.offsets = {0, 4, 8, 12};
    batch.infos.push_back({0, info});
  }
  for (uint32_t i = 0; i < n; ++i) {
    batch.block_ids.push_back(1);
    batch.icount_offsets.push_back(i * kInsnsPerBlock);
    batch.gpr_digests.push_back((first + i) * 7 + (first + i >= corrupt_from ? 1 : 0));
  }
  batch.records = n + kInfoRecords * batch.infos.size();
  return batch;
}

state::Batch EndAt(uint64_t sequence, uint64_t blocks) {
  state::Batch batch;
  batch.sequence = sequence;
  state::End end;
  end.reason = state::EndReason::kExit;
  end.icount = end.step = blocks * kInsnsPerBlock;
  end.digests[0] = blocks * 7;
  batch.end = end;
  batch.records = 5;
  return batch;
}

state::WindowBatch Windows(uint32_t window_insns, uint64_t first, size_t rows, bool ends,
                           uint64_t odd) {
  const uint32_t blocks = window_insns / kInsnsPerBlock;
  state::WindowBatch batch;
  batch.first_window = first;
  batch.start_icount = first * window_insns;
  if (first == 0) batch.start_digests = {1, 0, 0, 0};
  for (size_t i = 0; i < rows; ++i) {
    const uint64_t n = first + i;
    const uint64_t other = n >= odd ? 1 : 0;
    batch.icounts.push_back((n + 1) * window_insns);
    batch.steps.push_back(batch.icounts.back());
    batch.pcs.push_back(0x1000);
    batch.digests.push_back({(n + 1) * blocks * 7 + other, 0, 0, 0});
    batch.flow_digests.push_back(7);
    batch.trap_digests.push_back(0);
    batch.trap_counts.push_back(0);
    batch.block_digests.push_back(9 + other);
    batch.block_counts.push_back(blocks);
  }
  batch.records = blocks * rows;
  if (!ends) return batch;
  batch.pcs.back() = 0;
  batch.end.emplace();
  batch.end->reason = state::EndReason::kExit;
  batch.end->icount = batch.end->step = batch.icounts.back();
  batch.end->digests = batch.digests.back();
  return batch;
}

state::DetailReply Details(const state::DetailRequest& request, uint64_t corrupt_from) {
  state::DetailReply reply;
  reply.request_id = request.request_id;
  const uint64_t blocks = (request.end_icount - request.first_icount) / kInsnsPerBlock + 1;
  reply.batches = {Blocks(0, request.first_icount / kInsnsPerBlock, static_cast<uint32_t>(blocks),
                          corrupt_from)};
  return reply;
}

}  // namespace lockstep::server::testing
