// SPDX-License-Identifier: MIT
// A ring with both of its ends in one process, for tests.
#ifndef PLUGINS_SDK_RING_TEST_UTIL_H_
#define PLUGINS_SDK_RING_TEST_UTIL_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_reader.h"

namespace lockstep::ring {

inline struct lockstep_request WantAll() {
  struct lockstep_request request {};
  request.stop_at_icount = UINT64_MAX;
  request.groups = 0xf;
  request.events = ~0u;
  return request;
}

inline struct lockstep_open_params AllParams(uint32_t vcpus = 1) {
  return {.producer = "test 1.0",
          .guest_arch = "toy",
          .vcpus = vcpus,
          .groups = 0xf,
          .abilities = LOCKSTEP_ABILITY_LAYOUT | LOCKSTEP_ABILITY_REGISTERS,
          .engine = LOCKSTEP_ENGINE_JIT};
}

// The same in windows, and of a producer that has them.
inline struct lockstep_request WantWindows(uint32_t window_insns) {
  struct lockstep_request request = WantAll();
  request.window_insns = window_insns;
  return request;
}
inline struct lockstep_open_params WindowParams() {
  struct lockstep_open_params params = AllParams();
  params.abilities |= LOCKSTEP_ABILITY_WINDOWS;
  return params;
}

inline void NameRing(const RingMemory& memory) {
  setenv(LOCKSTEP_RING_ENV, std::to_string(memory.fd()).c_str(), 1);
}

// Tells of a block of `n` 4-byte instructions at 0x1000 * id.
inline int Describe(lockstep_producer* p, uint32_t id, uint32_t n, uint32_t vcpu = 0) {
  std::vector<uint16_t> offsets(n);
  for (uint32_t i = 0; i < n; ++i) offsets[i] = static_cast<uint16_t>(4 * i);
  std::vector<uint8_t> code(4 * n, static_cast<uint8_t>(id));
  struct lockstep_block block {};
  block.id = id;
  block.pc = uint64_t{0x1000} * id;
  block.space = LOCKSTEP_SPACE(3, 0, 0);
  block.n_insns = n;
  block.offsets = offsets.data();
  block.code = code.data();
  block.n_code = 4 * n;
  return lockstep_block_info(p, vcpu, &block);
}

// A ring of the least size, a producer that has opened it, and a reader.
class Pair {
 public:
  explicit Pair(struct lockstep_request request = WantAll(),
                struct lockstep_open_params params = AllParams(),
                uint64_t slots = LOCKSTEP_MIN_RING_SLOTS)
      : memory(RingMemory::Create(params.vcpus, slots, request).value()) {
    NameRing(memory);
    EXPECT_EQ(lockstep_open(&params, &producer), 0);
    identity = memory.Identity().value();
  }
  ~Pair() {
    if (producer != nullptr) lockstep_close(producer);
  }
  RingReader Reader(uint32_t vcpu = 0) { return RingReader(memory, vcpu, identity); }

  RingMemory memory;
  lockstep_producer* producer = nullptr;
  state::ProducerIdentity identity;
};

}  // namespace lockstep::ring

#endif  // PLUGINS_SDK_RING_TEST_UTIL_H_
