// SPDX-License-Identifier: MIT
// The translations that a producer has described, as the ring scanner needs them: the constants of
// the control-flow digest at hand, and the records themselves, to be given again with the details
// of a window. A description that was replaced is kept until Forget().
//
// Not thread-safe. Errors: Insert() says when the producer describes too much.
#ifndef PLUGINS_SDK_BLOCK_TABLE_H_
#define PLUGINS_SDK_BLOCK_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

namespace lockstep::ring {

class BlockTable {
 public:
  // What the scan loop reads for every block; half a cache line.
  struct Hot {
    uint64_t power = 0;  // G^n_insns
    uint64_t flow = 0;   // flow digest of all of its instructions
    uint64_t pc = 0;
    uint32_t n_insns = 0;  // 0: no such block
    uint32_t cold = 0;
  };

  BlockTable();

  // Takes a description that stands at `position` of the ring. REQUIRES: `id` is below 2^31,
  // `offsets` has 1 to 65535 elements, `payload` is that of its record. False if the descriptions
  // would take more than max_bytes() in all.
  bool Insert(uint32_t id, uint64_t pc, absl::Span<const uint16_t> offsets,
              absl::Span<const uint8_t> payload, uint64_t position);

  // For the scan loop: entries of ids below dense_size(); valid until the next Insert().
  const Hot* dense() const { return dense_.data(); }
  size_t dense_size() const { return dense_.size(); }
  // Any id.
  const Hot& Find(uint32_t id) const;

  // Flow digest of the first `insns` instructions, and G^insns. REQUIRES: 1 <= insns <= n_insns;
  // the description was not forgotten.
  uint64_t Prefix(const Hot& hot, uint32_t insns) const { return colds_[hot.cold].flow[insns - 1]; }
  uint64_t Power(uint32_t insns) const { return powers_[insns]; }

  // Descriptions that held at `position` and were replaced since: for PayloadAt(), by id.
  using Replaced = absl::flat_hash_map<uint32_t, uint32_t>;
  Replaced ReplacedSince(uint64_t position) const;

  // Payload of the description that held at `position`; null if there was none, or it was
  // forgotten. `replaced` is ReplacedSince(position).
  const std::vector<uint8_t>* PayloadAt(uint32_t id, uint64_t position,
                                        const Replaced& replaced) const;

  // Nothing before `position` will be asked for.
  void Forget(uint64_t position);

  static constexpr size_t max_bytes() { return size_t{1} << 30; }

 private:
  struct Cold {
    std::vector<uint8_t> payload;
    std::unique_ptr<uint64_t[]> flow;  // by number of instructions - 1
    uint64_t position = 0;
    size_t bytes = 0;
  };
  struct Retired {
    uint32_t id;
    uint32_t cold;
    uint64_t replaced_at;
  };

  Hot& Slot(uint32_t id);

  const uint64_t* powers_;  // G^0 to G^65535
  uint64_t inserted_ = 0;
  size_t bytes_ = 0;
  std::vector<Hot> dense_;
  absl::flat_hash_map<uint32_t, Hot> scattered_;
  std::deque<Cold> colds_;
  std::vector<uint32_t> free_colds_;
  std::deque<Retired> retired_;
};

}  // namespace lockstep::ring

#endif  // PLUGINS_SDK_BLOCK_TABLE_H_
