#include "emulator/interp/sums.h"

#include <bit>
#include <utility>

#include "emulator/cpu/value_keys.h"
#include "plugins/sdk/lockstep_digest.h"

namespace lockstep::interp {
namespace {

// Modulo 2^64, of an odd number.
constexpr uint64_t InverseOf(uint64_t odd) {
  uint64_t inverse = odd;  // right in three bits; each step doubles them
  for (int step = 0; step < 5; ++step) inverse *= 2 - odd * inverse;
  return inverse;
}
constexpr uint64_t kInverse = InverseOf(LOCKSTEP_FLOW_G);
static_assert(kInverse * LOCKSTEP_FLOW_G == 1);

uint64_t KeyedValue(const HartState& hart, int number) {
  const uint64_t value = number < 32 ? hart.x[number] : hart.f[number - 32];
  return value + static_cast<uint64_t>(cpu::kValueKeys[static_cast<size_t>(number)]);
}

}  // namespace

FlowDigest FlowOf(const Block& block, uint32_t n_insns) {
  FlowDigest flow;
  for (uint32_t i = 0; i < n_insns; ++i) {
    flow.digest =
        flow.digest * LOCKSTEP_FLOW_G + lockstep_flow_term(block.pc + block.slots[i].offset_bytes);
    flow.power *= LOCKSTEP_FLOW_G;
  }
  return flow;
}

uint64_t ValuesOf(const HartState& hart, const Block& block) {
  if (!hart.native.ring.sums_values) return 0;
  const uint32_t groups = hart.native.ring.groups;
  const bool has_gprs = (groups >> cpu::kGroupGpr & 1) != 0;
  const bool has_fprs = (groups >> cpu::kGroupFpr & 1) != 0;
  return (has_gprs ? block.gpr_mask & ~uint32_t{1} : 0) |
         (has_fprs ? uint64_t{block.fpr_mask} << 32 : 0);
}

void AddRest(HartState* hart, Block* block, uint32_t begun, bool is_told) {
  uint64_t& sum = hart->native.sum;
  if (is_told) {
    hart->native.sum_begin = hart->icount;
  } else {
    const FlowDigest flow = FlowOf(*block, begun);
    sum = sum * flow.power + flow.digest;
    if (begun == block->n_insns) {
      block->flow = flow.digest;
      block->flow_power = flow.power;
    }
  }
}

void AddValues(HartState* hart, const Block& block) {
  for (uint64_t left = ValuesOf(*hart, block); left != 0;) {
    const uint64_t first = KeyedValue(*hart, std::countr_zero(left));
    left &= left - 1;
    const uint64_t second = left == 0 ? cpu::kLastValue : KeyedValue(*hart, std::countr_zero(left));
    left &= left - 1;
    hart->native.sum += lockstep_mum(first, second);
  }
}

void AddLeftBlock(HartState* hart, const Block& block, uint32_t begun) {
  cpu::NativeState& native = hart->native;
  const bool is_told = native.sum_begin > hart->icount - begun;
  if (is_told) {
    native.sum_begin = hart->icount;
  } else if (begun != block.n_insns) {
    const FlowDigest all = FlowOf(block, block.n_insns);
    const FlowDigest flow = FlowOf(block, begun);
    const uint64_t before = (native.sum - all.digest) * lockstep_power(kInverse, block.n_insns);
    native.sum = before * flow.power + flow.digest;
  }
  if (native.ring.sums_values) AddValues(hart, block);
}

void TellSum(HartState* hart) {
  cpu::NativeState& native = hart->native;
  const uint64_t begin = std::exchange(native.sum_begin, hart->icount);
  hart->observer->Sum(hart->config.hart_id, begin, static_cast<uint32_t>(hart->icount - begin),
                      std::exchange(native.sum, 0), hart->digest.TakeCsrNotes());
}

}  // namespace lockstep::interp
