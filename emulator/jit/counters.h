// How much ran where, and what was not translated and why. Counted by the JIT and the run loop;
// all zero with the interpreter. A plain value. Source: docs/design/jit.md.
#ifndef EMULATOR_JIT_COUNTERS_H_
#define EMULATOR_JIT_COUNTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "emulator/isa/inst.h"

namespace lockstep::jit {

// Why a block was interpreted.
enum class Reason : uint8_t {
  kCold,    // not entered often enough, or not to be translated at all
  kEnd,     // the run stops within it
  kFloat,   // floating point with mstatus.FS not Dirty, or a rounding mode that the host has not
  kTooBig,  // more values at once than the emitter has places
};
inline constexpr std::array<std::string_view, 4> kReasonNames = {"cold", "end", "float", "too-big"};

struct Counters {
  uint64_t insns = 0;  // begun in host code, out-of-line ones included
  // Of them carried out by the interpreter's handlers, by operation (isa::BaseOp). Loads and
  // stores: TLB misses, devices, code pages and misalignment; floating point that is translated:
  // rare operands; others have no translation.
  std::array<uint64_t, static_cast<size_t>(isa::Op::kCount)> out_of_line_by_op{};
  std::array<uint64_t, kReasonNames.size()> interpreted{};  // instructions begun, by Reason
  uint64_t entries = 0;                                     // of host code from the run loop
  uint64_t translations = 0;                                // blocks
  uint64_t regions = 0;                                     // that they were translated in
  uint64_t guest_insns = 0;                                 // translated
  uint64_t host_bytes = 0;                                  // of code made
  uint64_t links = 0;                                       // jumps patched
  uint64_t clears = 0;                                      // of the code cache

  uint64_t out_of_line() const {
    return std::accumulate(out_of_line_by_op.begin(), out_of_line_by_op.end(), uint64_t{0});
  }

  Counters& operator+=(const Counters& other) {
    for (size_t i = 0; i < out_of_line_by_op.size(); ++i) {
      out_of_line_by_op[i] += other.out_of_line_by_op[i];
    }
    for (size_t i = 0; i < interpreted.size(); ++i) interpreted[i] += other.interpreted[i];
    insns += other.insns;
    entries += other.entries;
    translations += other.translations;
    regions += other.regions;
    guest_insns += other.guest_insns;
    host_bytes += other.host_bytes;
    links += other.links;
    clears += other.clears;
    return *this;
  }
};

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_COUNTERS_H_
