// What a hart of a kind is, and how -cpu says it: "rv64[,property=value...]", with the names and
// defaults of QEMU 7.2.
//
// Pure values and functions; safe from any thread.
#ifndef EMULATOR_CPU_MODEL_H_
#define EMULATOR_CPU_MODEL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "emulator/isa/extensions.h"

namespace lockstep::cpu {

// Besides what all harts have. The default is RV64GC with supervisor and user mode.
struct CpuModel {
  isa::ExtensionSet extensions = isa::kRv64gc;
  bool has_mmu = true;  // satp can be written
  bool has_pmp = true;
  uint32_t mvendorid = 0;
  uint64_t marchid = 0;
  uint64_t mimpid = 0;
  friend bool operator==(const CpuModel&, const CpuModel&) = default;
};

// Of a property that is given twice the last value counts, as in QEMU. Switches take on, off, true,
// false, yes and no. Errors say what is wrong and what there is, without the option's name.
absl::StatusOr<CpuModel> ParseCpu(absl::string_view text);

// Properties and their defaults, one on a line, for people.
std::string CpuHelp();

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_MODEL_H_
