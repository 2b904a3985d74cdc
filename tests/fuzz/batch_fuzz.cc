// What a hostile peer may send as a batch: the converter refuses it, or gives a value that survives
// the way back.
#include <cstddef>
#include <cstdint>

#include "emulator/base/check.h"
#include "proto/cc/state_convert.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lockstep::v1::BlockBatch proto;
  if (!proto.ParseFromArray(data, static_cast<int>(size))) return 0;
  const absl::StatusOr<lockstep::state::Batch> batch = lockstep::wire::FromProto(proto);
  if (!batch.ok()) return 0;
  LOCKSTEP_CHECK(batch->icount_offsets.size() == batch->block_ids.size());
  LOCKSTEP_CHECK(batch->gpr_digests.empty() ||
                 batch->gpr_digests.size() == batch->block_ids.size());
  lockstep::v1::BlockBatch once;
  lockstep::wire::ToProto(*batch, &once);
  const absl::StatusOr<lockstep::state::Batch> again = lockstep::wire::FromProto(once);
  LOCKSTEP_CHECK(again.ok()) << again.status();
  lockstep::v1::BlockBatch twice;
  lockstep::wire::ToProto(*again, &twice);
  LOCKSTEP_CHECK(once.SerializeAsString() == twice.SerializeAsString());
  return 0;
}
