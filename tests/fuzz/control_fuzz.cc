// The control page of a ring, from both sides: what a hostile producer may leave in it for the
// agent (its identity), and what a producer may be given to open by who is no agent.
//
// Input: one byte (bit 0: for the producer to open; else for the agent), then bytes of struct
// lockstep_control, over those of a good one.
#include <stdlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "emulator/base/check.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_memory.h"
#include "proto/cc/state_convert.h"

namespace {

using lockstep::ring::RingMemory;

RingMemory& Memory() {
  static RingMemory* const memory = [] {
    struct lockstep_request request {};
    request.groups = 0xf;
    request.stop_at_icount = UINT64_MAX;
    auto* made = new RingMemory(RingMemory::Create(2, LOCKSTEP_MIN_RING_SLOTS, request).value());
    setenv(LOCKSTEP_RING_ENV, std::to_string(made->fd()).c_str(), 1);
    return made;
  }();
  return *memory;
}

// What the agent believes, a coordinator must accept.
void CheckIdentity(const RingMemory& memory) {
  const absl::StatusOr<lockstep::state::ProducerIdentity> identity = memory.Identity();
  if (!identity.ok()) {
    LOCKSTEP_CHECK(identity.status().message().find('\n') == absl::string_view::npos);
    return;
  }
  LOCKSTEP_CHECK(identity->vcpus <= memory.max_vcpus());
  const auto again = lockstep::wire::FromProto(lockstep::wire::ToProto(*identity));
  LOCKSTEP_CHECK(again.ok()) << again.status();
  LOCKSTEP_CHECK(again->abilities == identity->abilities && again->groups == identity->groups);
}

// A producer that could open it can tell of a block and of its end: there is room for these.
void CheckOpen() {
  struct lockstep_open_params params {};
  params.producer = "fuzz";
  params.guest_arch = "toy";
  params.vcpus = 1;
  params.groups = 0xf;
  params.abilities = LOCKSTEP_ABILITY_LAYOUT;
  lockstep_producer* producer = nullptr;
  if (lockstep_open(&params, &producer) != 0) return;
  const struct lockstep_rules* const rules = lockstep_rules(producer);
  LOCKSTEP_CHECK(rules->n_csr_masks <= LOCKSTEP_MAX_CSR_MASKS);
  LOCKSTEP_CHECK(rules->n_extra_csrs <= LOCKSTEP_MAX_EXTRA_CSRS);
  LOCKSTEP_CHECK(rules->n_ranges <= LOCKSTEP_MAX_RANGES);
  for (uint32_t i = 0; i < rules->n_csr_masks; ++i) {
    LOCKSTEP_CHECK(strnlen(rules->csr_masks[i].csr, LOCKSTEP_CSR_NAME_BYTES) <
                   LOCKSTEP_CSR_NAME_BYTES);
  }
  struct lockstep_block block {};
  const uint16_t offsets[] = {0};
  block.pc = 0x80000000;
  block.n_insns = 1;
  block.offsets = offsets;
  lockstep_block_info(producer, 0, &block);
  lockstep_enter(producer, 0, 0, 0, 0);
  struct lockstep_end end {};
  end.reason = LOCKSTEP_END_LIMIT;
  end.icount = end.step = 1;
  lockstep_end(producer, 0, &end);
  lockstep_close(producer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  RingMemory& memory = Memory();
  static const struct lockstep_control good = *memory.control();
  *memory.control() = good;
  memcpy(static_cast<void*>(memory.control()), data + 1,
         std::min(size - 1, sizeof(struct lockstep_control)));
  for (uint32_t v = 0; v < memory.max_vcpus(); ++v) {
    memset(memory.cursors(v), 0, sizeof(lockstep_cursors));
  }
  if ((data[0] & 1) != 0) {
    CheckOpen();
  } else {
    CheckIdentity(memory);
  }
  return 0;
}
